import { Check, CircleDashed, CircleSlash, LoaderCircle, X } from 'lucide-react'
import type { CallState } from '@/components/chat/tool-state'

const WORDS: Record<CallState, string> = {
  preparing: 'Being written',
  waiting: 'Waiting',
  running: 'Running',
  done: 'Done',
  failed: 'Failed',
  stopped: 'Stopped',
}

const ICONS: Record<CallState, { icon: typeof Check; className: string }> = {
  preparing: { icon: CircleDashed, className: 'text-faint' },
  waiting: { icon: CircleDashed, className: 'text-faint' },
  running: { icon: LoaderCircle, className: 'animate-spin text-accent' },
  done: { icon: Check, className: 'text-ok' },
  failed: { icon: X, className: 'text-danger' },
  stopped: { icon: CircleSlash, className: 'text-faint' },
}

/** The state of a call: shape and word, not colour alone. */
export function CallIcon({ state }: { state: CallState }) {
  const { icon: Icon, className } = ICONS[state]
  return (
    <span role="img" aria-label={WORDS[state]} title={WORDS[state]} className="inline-flex shrink-0">
      <Icon size={15} aria-hidden className={className} />
    </span>
  )
}
