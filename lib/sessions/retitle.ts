import type { LongwatchMessage, Usage } from '@/lib/agent/events'
import { makeTitle } from '@/lib/agent/title'
import type { Services } from '@/lib/context'
import { randomId } from '@/lib/ids'
import { priced } from '@/lib/models/price'
import type { ResolvedModel } from '@/lib/models/types'
import { nameOfQuestion } from '@/lib/runs/question'
import type { Run } from '@/lib/runs/types'
import { sessions, sessionTopics } from '@/lib/sessions/collection'
import { commitOrThrow, retryOnConflict } from '@/lib/stores/commit'
import { recordTitleUsage } from '@/lib/usage/record'

const TIMEOUT = 30_000

const textOf = (message: LongwatchMessage) =>
  message.parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')

/**
 * Names a session after its first exchange. Best effort: the name made from the question stays when the model gives
 * none, and a name that a person gave is never replaced. Never throws.
 */
export async function retitle(
  services: Services,
  input: { run: Run; model: ResolvedModel; answer: LongwatchMessage },
): Promise<void> {
  const { store, logger } = services
  const { run, model, answer } = input
  const partition = run.organisationId
  try {
    const before = await sessions.get(store, partition, run.sessionId)
    if (before?.body.titleSource !== 'question') return
    let usage: Usage | null = null
    const title = await makeTitle({
      model,
      question: nameOfQuestion(run.message, run.attachments),
      answer: textOf(answer),
      signal: AbortSignal.timeout(TIMEOUT),
      onUsage: (taken) => {
        usage = priced(taken, model)
      },
    })
    if (usage) await recordTitleUsage(store, run, { usage, model: model.id })
    if (!title) return
    await retryOnConflict(5, async () => {
      const session = await sessions.get(store, partition, run.sessionId)
      if (session?.body.titleSource !== 'question') return
      const body = { ...session.body, title, titleSource: 'model' as const }
      await commitOrThrow(store, {
        partition,
        operationId: `title:${run.id}:${randomId(8)}`,
        operations: [sessions.put(session.id, body, { ifVersion: session.version })],
        signals: sessionTopics(body),
      })
    })
  } catch (error) {
    logger.warn({ err: error, runId: run.id }, 'the session could not be named')
  }
}
