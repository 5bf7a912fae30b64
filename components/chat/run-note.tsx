import { CircleSlash, History, Scissors, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from '@/components/ui/cx'
import { formatCount } from '@/components/ui/format'
import type { LongwatchData, MessageMetadata } from '@/lib/agent/events'

type Kind = 'cancelled' | 'failed' | 'continued' | 'trimmed'

const LOOKS: Record<Kind, { icon: typeof History; className: string }> = {
  cancelled: { icon: CircleSlash, className: 'text-muted' },
  failed: { icon: TriangleAlert, className: 'text-danger' },
  continued: { icon: History, className: 'text-muted' },
  trimmed: { icon: Scissors, className: 'text-muted' },
}

/** One quiet line about what happened to a run. */
export function RunNote({ kind, children }: { kind: Kind; children: ReactNode }) {
  const { icon: Icon, className } = LOOKS[kind]
  return (
    <p data-testid="run-note" data-kind={kind} className={cx('flex items-start gap-1.5 text-xs', className)}>
      <Icon size={13} aria-hidden className="mt-0.5 shrink-0" />
      <span className="min-w-0">{children}</span>
    </p>
  )
}

/** How the run ended, when it did not simply complete. */
export function EndNote({ metadata, reason }: { metadata: MessageMetadata | undefined; reason?: string }) {
  if (metadata?.status === 'cancelled') return <RunNote kind="cancelled">{reason || 'Stopped'}</RunNote>
  if (metadata?.status === 'failed') {
    const { error } = metadata
    return (
      <RunNote kind="failed">
        {error?.message ?? 'The run failed.'}
        {error && <span className="ml-1.5 font-mono text-2xs">{error.code}</span>}
      </RunNote>
    )
  }
  return null
}

export function ContinuedNote({ attempts }: { attempts: number | undefined }) {
  if (!attempts || attempts < 2) return null
  const times = attempts === 2 ? 'an interruption' : `${attempts - 1} interruptions`
  return <RunNote kind="continued">Continued after {times}</RunNote>
}

export function TrimmedNote({ context }: { context: LongwatchData['context'] }) {
  const { shrunkResults, droppedTurns, shortenedFiles = 0, tokensBefore, tokensAfter } = context
  const what = [
    shrunkResults > 0 && `${shrunkResults} earlier ${shrunkResults === 1 ? 'result' : 'results'} shortened`,
    droppedTurns > 0 && `${droppedTurns} earlier ${droppedTurns === 1 ? 'turn' : 'turns'} left out`,
    shortenedFiles > 0 &&
      `${shortenedFiles} attached ${shortenedFiles === 1 ? 'file' : 'files'} left out or shown in part`,
  ].filter(Boolean)
  return (
    <RunNote kind="trimmed">
      To fit the model’s window: {what.join(', ') || 'context trimmed'} ({formatCount(tokensBefore)} →{' '}
      {formatCount(tokensAfter)} tokens)
    </RunNote>
  )
}
