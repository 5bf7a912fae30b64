import type { Membership, OrganisationLimits } from '@/lib/access/types'
import { type ApprovalPorts, type EvidencePage, type LoopPorts, RunStopped } from '@/lib/agent/ports'
import { readSessionAttachment } from '@/lib/attachments/read'
import type { Services } from '@/lib/context'
import { mayUse, policyFor } from '@/lib/mcp/policy'
import type { ToolDescriptor } from '@/lib/mcp/types'
import { isGranted } from '@/lib/runs/approvals/grants'
import { keepEvidence, readSessionEvidence } from '@/lib/runs/evidence'
import type { HandOver } from '@/lib/runs/hand-over'
import type { Lease } from '@/lib/runs/lease'
import { commitUnderLease, type LogWriter } from '@/lib/runs/log-writer'
import { type Opening, roleNow } from '@/lib/runs/opening'
import type { Run } from '@/lib/runs/types'
import { spentOperations } from '@/lib/usage/record'

export interface PortsInput {
  services: Services
  run: Run
  membership: Membership
  lease: Lease
  writer: LogWriter
  signal: AbortSignal
  handOver: HandOver
  emit: LoopPorts['emit']
  approvals: ApprovalPorts
  opening: Opening
}

/** Gives the loop its view of the world: the store under the run's lease, tools under the principal's role. */
export function createPorts(input: PortsInput): LoopPorts {
  const { services, run, membership, lease, writer } = input
  const { store, tools } = services
  const { organisation } = membership
  const { user } = input.opening
  const leased = {
    commit: (commit: Parameters<typeof store.commit>[0]) => commitUnderLease(store, lease, commit),
  }
  const origin = {
    organisationId: organisation.id,
    sessionId: run.sessionId,
    runId: run.id,
    expiresIn: evidenceMilliseconds(organisation.limits),
  }
  const session = { id: run.sessionId, organisationId: organisation.id }

  return {
    ...input.opening.step,
    prepare: input.opening.prepare,
    signal: input.signal,
    handOverRequested: () => input.handOver.requested,
    handOverSignal: input.handOver.modelSignal,
    handOverToolsSignal: input.handOver.toolsSignal,
    emit: input.emit,
    flush: () => writer.flush(),
    ready: () => writer.ready(),

    async spend(usage, step) {
      const operations = spentOperations(usage, Date.now())
      // A step that another process makes anew is paid for again; the same answer is counted once.
      const operationId = `spend:${run.id}:${lease.token}:${step}`
      if (operations.length > 0) await store.commit({ partition: organisation.id, operationId, operations })
    },

    async decide(toolName) {
      // The role last: a server that is slow to list its tools must not let one pass that was taken away meanwhile.
      const catalogue = await tools.catalogue(organisation, user)
      const role = await roleNow(store, run)
      if (!role) return refusal('The asker is no longer a member of this organisation. Nothing was called.')
      const tool = catalogue.tools.find((candidate) => candidate.name === toolName)
      if (tool && mayUse(tool, role)) return { allowed: true, tool, needsApproval: policyFor(tool, role) === 'ask' }
      if (tool?.blocked) return { ...refusal(`${tool.blocked.message} Nothing was called.`), tool }
      if (tool) {
        const reason = `The tool ${toolName} is not permitted for the asker's role (${role}). Nothing was called.`
        return { ...refusal(reason), tool }
      }
      const down = catalogue.failures.map((failure) => `${failure.server}: ${failure.message}`).join('; ')
      const hint = down ? ` Servers that cannot be reached now: ${down}.` : ''
      return refusal(`There is no tool named ${toolName}.${hint} Nothing was called.`)
    },

    isGranted: (tool, given) => isGranted(store, run, tool, given),
    approvals: input.approvals,

    call(tool: ToolDescriptor, args, onProgress, signal) {
      return tools.call({
        organisation,
        principal: run.principal,
        user,
        tool,
        arguments: args,
        signal: AbortSignal.any([signal, lease.signal]),
        onProgress,
        beforeSend() {
          lease.check()
          if (signal.aborted) throw new RunStopped('stop')
        },
      })
    },

    keepEvidence: (tool, outcome) =>
      keepEvidence(
        leased,
        { ...origin, toolCallId: tool.toolCallId, toolName: tool.name, risk: tool.risk },
        outcome,
        lease.fence,
      ),

    async readEvidence(evidenceId, range) {
      const attached = await readSessionAttachment(store, session, evidenceId, range)
      if (attached) return attachedPage(attached)
      const page = await readSessionEvidence(store, session, evidenceId, range)
      if (!page) return null
      const { mediaType, bytes, encoding } = page.item
      const { offset, nextOffset } = page
      if (encoding === 'text') return { mediaType, bytes, text: page.bytes.toString('utf8'), offset, nextOffset }
      return { mediaType, bytes, text: `[${mediaType}, ${bytes} bytes: not text]`, offset: 0, nextOffset: null }
    },
  }
}

function attachedPage(page: NonNullable<Awaited<ReturnType<typeof readSessionAttachment>>>): EvidencePage {
  const { kind, mediaType, bytes } = page.file
  const { offset, nextOffset } = page
  if (kind === 'text') return { mediaType, bytes, text: page.bytes.toString('utf8'), offset, nextOffset }
  return { mediaType, bytes, text: `[${mediaType}, ${bytes} bytes: an image, not text]`, offset: 0, nextOffset: null }
}

/** Its days, or as long as a run may go on and wait for people, who take what it found to decide. */
const evidenceMilliseconds = ({ evidenceDays, approvalMinutes, minutesPerRun }: OrganisationLimits): number =>
  Math.max(evidenceDays * 24 * 60, approvalMinutes + minutesPerRun) * 60_000

const refusal = (reason: string) => ({ allowed: false, reason }) as const
