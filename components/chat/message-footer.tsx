import { formatCount, formatDuration, formatInstant, formatTime } from '@/components/ui/format'
import type { MessageMetadata } from '@/lib/agent/events'

/** When it was finished, how long it took, what it used: one faint line. */
export function MessageFooter({ metadata }: { metadata: MessageMetadata | undefined }) {
  const { createdAt, finishedAt, usage } = metadata ?? {}
  if (finishedAt === undefined) return null
  const facts = [
    createdAt !== undefined && formatDuration(finishedAt - createdAt),
    usage &&
      usage.inputTokens + usage.outputTokens > 0 &&
      `${formatCount(usage.inputTokens)} in, ${formatCount(usage.outputTokens)} out`,
    usage?.costUsd !== undefined && `$${usage.costUsd.toFixed(usage.costUsd < 0.1 ? 4 : 2)}`,
  ].filter(Boolean)
  return (
    <p className="text-2xs text-faint tabular-nums">
      <time dateTime={new Date(finishedAt).toISOString()} title={formatInstant(finishedAt)}>
        {formatTime(finishedAt)}
      </time>
      {facts.map((fact) => ` · ${fact}`).join('')}
    </p>
  )
}
