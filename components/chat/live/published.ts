import equal from 'fast-deep-equal'
import { sameFields } from '@/components/chat/live/runs'
import type { MessageView } from '@/components/chat/live/types'
import type { LongwatchMessage } from '@/lib/agent/events'
import { changedParts, type FoldPart, type FoldState, partAt, partKeys } from '@/lib/sessions/fold'

/** Where a message's parts come from: stored, or still being folded. */
export type MessageSource =
  | { kind: 'stored'; message: LongwatchMessage; delivery?: MessageView['delivery']; error?: MessageView['error'] }
  | { kind: 'live'; fold: FoldState }

/** A message as the page last saw it. */
export interface PublishedMessage {
  source: MessageSource
  /** The stored message as it was given: while it is the same, nothing has to be compared. */
  origin: LongwatchMessage | null
  view: MessageView
  part: (index: number) => FoldPart | undefined
}

const slotsOf = (source: MessageSource) => (source.kind === 'stored' ? source.message.parts : source.fold.parts)

const sameList = (left: readonly string[], right: readonly string[]) =>
  left.length === right.length && left.every((item, index) => item === right[index])

function viewOf(source: MessageSource, before: PublishedMessage | undefined): MessageView {
  const slots = slotsOf(source)
  const isSameList = before !== undefined && slotsOf(before.source) === slots
  const partKeysNow = isSameList ? before.view.partKeys : partKeys(slots)
  const partTypesNow = isSameList ? before.view.partTypes : slots.map(({ type }) => type)
  const view: MessageView = {
    id: source.kind === 'stored' ? source.message.id : source.fold.messageId,
    role: source.kind === 'stored' ? source.message.role : 'assistant',
    metadata: source.kind === 'stored' ? source.message.metadata : source.fold.metadata,
    partKeys: before && sameList(before.view.partKeys, partKeysNow) ? before.view.partKeys : partKeysNow,
    partTypes: before && sameList(before.view.partTypes, partTypesNow) ? before.view.partTypes : partTypesNow,
    live: source.kind === 'live' && source.fold.ended === null,
    delivery: (source.kind === 'stored' && source.delivery) || 'stored',
    error: source.kind === 'stored' ? source.error : undefined,
  }
  return before && sameFields(before.view, view) ? before.view : view
}

/** The stored message with the parts' identities of the one it replaces where they say the same: nothing is drawn anew. */
function reuseParts(message: LongwatchMessage, before: PublishedMessage): LongwatchMessage {
  const reuse = <T>(old: T | undefined, now: T): T => (equal(old, now) ? (old as T) : now)
  const parts = message.parts.map((part, index) => reuse(before.part(index), part))
  return { ...message, parts, metadata: reuse(before.view.metadata, message.metadata) }
}

/** The next published state of a message, and the slots of the parts that differ from the last. */
export function publish(
  next: MessageSource,
  before: PublishedMessage | undefined,
): { published: PublishedMessage; changed: number[] } {
  const origin = next.kind === 'stored' ? next.message : null
  if (before && origin !== null && before.origin === origin) return { published: before, changed: [] }
  const source =
    next.kind === 'stored' && before && before.source !== next
      ? { ...next, message: reuseParts(next.message, before) }
      : next
  const part = (index: number) => (source.kind === 'stored' ? source.message.parts[index] : partAt(source.fold, index))
  const published = { source, origin, view: viewOf(source, before), part }
  if (before?.source.kind === 'live' && source.kind === 'live') {
    return { published, changed: changedParts(before.source.fold, source.fold) }
  }
  const changed: number[] = []
  const count = Math.max(before?.view.partKeys.length ?? 0, published.view.partKeys.length)
  for (let index = 0; index < count; index++) if (before?.part(index) !== part(index)) changed.push(index)
  return { published, changed }
}
