import { principalKey } from '@/lib/access/types'
import type { ApprovalData } from '@/lib/agent/events'
import type { ApprovalPorts, CallToApprove } from '@/lib/agent/ports'
import { derivedResourceId } from '@/lib/ids'
import { definitionOf } from '@/lib/mcp/policy'
import type { ToolDescriptor } from '@/lib/mcp/types'
import { type Approval, approvalData, approvals, approvalsTopic } from '@/lib/runs/approvals/collection'
import { announceQuestions, type WaitInput } from '@/lib/runs/approvals/wait'
import { decidableBy } from '@/lib/runs/approvals/who'
import { type Session, sessions } from '@/lib/sessions/collection'
import type { Json, Operation } from '@/lib/stores/contract'

export interface AskInput extends Omit<WaitInput, 'attempt' | 'fold'> {
  fold(): WaitInput['fold']
  askerName: string
  /** Milliseconds that a question waits for a decision. */
  patience: number
}

export interface RunApprovals extends ApprovalPorts {
  /** What is stored in the same commit as this question. */
  storedWith(approvalId: string): Operation[] | undefined
  /** Lets go of the subscription. */
  end(): void
}

/** What the loop needs to ask people. */
export function createApprovals(input: AskInput): RunApprovals {
  const { store, run } = input
  let wake = Promise.withResolvers<void>()
  const asked = new Map<string, Operation[]>()
  let subscription: Promise<() => void> | null = null
  const listen = () => {
    subscription ??= store.subscribe(approvalsTopic(run.id), () => wake.resolve())
    return subscription
  }
  return {
    async questions(calls) {
      const session = await sessions.get(store, run.organisationId, run.sessionId)
      return calls.map(({ call, tool }) => {
        const question = questionOf(input, session?.body ?? null, call, tool)
        asked.set(question.id, [approvals.put(question.id, question)])
        return chunkOf(approvalData(question))
      })
    },

    storedWith: (approvalId) => asked.get(approvalId),

    announce: () => announceQuestions({ ...input, fold: input.fold() }),

    async decisions(open) {
      // Subscribed before it is read: what is decided from now on wakes.
      await listen()
      wake = Promise.withResolvers()
      const ids = open.map(({ approvalId }) => approvalId)
      const found = await approvals.getMany(store, run.organisationId, ids)
      return open.flatMap((question, index) => {
        const approval = found[index]?.body
        if (approval?.state.status === 'open') return []
        const data = approval ? approvalData(approval) : expired(question)
        // Withdrawn: of a run that had ended, as far as somebody knew.
        if (data.decision === undefined) return [chunkOf(expired(question))]
        return [chunkOf(data)]
      })
    },

    changed: () => wake.promise,

    end() {
      void subscription?.then((unsubscribe) => unsubscribe()).catch(() => undefined)
    },
  }
}

const chunkOf = (data: ApprovalData) => ({ type: 'data-approval', id: data.approvalId, data }) as const

/** A question that is gone from the store is not answered any more. */
const expired = (question: ApprovalData): ApprovalData => ({
  ...question,
  decision: 'reject',
  scope: 'once',
  decidedAt: Date.now(),
  expired: true,
})

function questionOf(input: AskInput, session: Session | null, call: CallToApprove, tool: ToolDescriptor): Approval {
  const { run } = input
  const asker = principalKey(run.principal)
  const place = session ?? { owner: asker, visibility: 'private' as const }
  const askedAt = Date.now()
  return {
    // A call is asked about once, whoever executes the run.
    id: derivedResourceId('apr', run.organisationId, run.createdAt, `${run.id}\n${call.toolCallId}`),
    sessionId: run.sessionId,
    runId: run.id,
    toolCallId: call.toolCallId,
    asker: run.principal,
    askerName: input.askerName,
    toolName: call.toolName,
    server: tool.serverName,
    tool: tool.toolName,
    title: tool.title,
    risk: tool.risk,
    arguments: call.input as Json,
    definition: definitionOf(tool),
    policy: tool.policy,
    decidableBy: decidableBy(place, asker, tool.risk),
    askedAt,
    expiresAt: askedAt + input.patience,
    state: { status: 'open' },
  }
}
