'use client'

import { cx } from '@/components/ui/cx'

export type WhenBusy = 'queue' | 'steer'

const CHOICES: { value: WhenBusy; word: string; short: string; title: string }[] = [
  { value: 'queue', word: 'Queue', short: 'Queue', title: 'Sent when the present answer is complete' },
  { value: 'steer', word: 'Stop and send now', short: 'Send now', title: 'Stops the present answer; this goes first' },
]

/** What sending does while an answer is being written: seen before it happens. */
export function BusyChoice({ value, onChange }: { value: WhenBusy; onChange: (value: WhenBusy) => void }) {
  return (
    <fieldset className="flex min-w-0 gap-0.5 rounded-md bg-sunken p-0.5 text-xs">
      <legend className="sr-only">When I send now</legend>
      {CHOICES.map((choice) => (
        <label
          key={choice.value}
          title={choice.title}
          className={cx(
            'inline-flex cursor-pointer items-center rounded-sm px-2 py-1 touch:min-h-10 touch:px-3 whitespace-nowrap has-focus-visible:outline-2 has-focus-visible:outline-(--focus)',
            value === choice.value ? 'bg-surface font-medium text-ink shadow-rest' : 'text-muted hover:text-ink',
          )}
        >
          <input
            type="radio"
            name="when-busy"
            value={choice.value}
            checked={value === choice.value}
            onChange={() => onChange(choice.value)}
            className="sr-only"
            data-testid={`when-busy-${choice.value}`}
          />
          <span className="max-sm:hidden">{choice.word}</span>
          <span className="sm:hidden">{choice.short}</span>
        </label>
      ))}
    </fieldset>
  )
}
