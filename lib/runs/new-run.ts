import type { Run, RunState } from '@/lib/runs/types'
import { userMessageIdOf } from '@/lib/sessions/collection'

/** What is known of a run before it is decided whether it starts or waits. */
export type RunBase = Pick<
  Run,
  | 'id'
  | 'organisationId'
  | 'sessionId'
  | 'principal'
  | 'type'
  | 'message'
  | 'attachments'
  | 'requestedModel'
  | 'createdAt'
  | 'replaces'
>

/** A run of which nothing has been executed yet. */
export function newRun(base: RunBase, state: RunState): Run {
  return {
    ...base,
    userMessageId: userMessageIdOf(base.id),
    model: null,
    state,
    steps: 0,
    attempts: 1,
    lastEvent: 0,
    usage: { inputTokens: 0, outputTokens: 0 },
  }
}
