'use client'

import { ChevronLeft, ChevronRight } from 'lucide-react'
import { useEffect, useRef } from 'react'
import type { MessageView } from '@/components/chat/live/types'
import { type Step, useVersions } from '@/components/chat/versions/context'

/** Under a question that has several versions: which one this is, and the way to the others. */
export function VersionSwitch({ message }: { message: MessageView }) {
  const { show, takeStep } = useVersions()
  const group = useRef<HTMLFieldSetElement>(null)
  const versions = message.metadata?.versions ?? []
  const place = versions.indexOf(message.id)
  const isShown = versions.length > 1 && place >= 0

  // Who steps by keyboard goes on where the last step was made, although that button went away with its version.
  useEffect(() => {
    const step = isShown && takeStep(message.id)
    if (!step) return
    const buttons = [...(group.current?.querySelectorAll('button') ?? [])]
    const same = buttons.find((button) => button.dataset.step === step && !button.disabled)
    const other = same ?? buttons.find((button) => !button.disabled)
    other?.focus({ preventScroll: true })
  }, [isShown, message.id, takeStep])

  if (!isShown) return null
  const button = (step: Step, to: string | undefined) => {
    const Icon = step === 'previous' ? ChevronLeft : ChevronRight
    const label = `Show the ${step} version`
    return (
      <button
        type="button"
        data-step={step}
        aria-label={label}
        title={label}
        disabled={to === undefined}
        onClick={() => to !== undefined && show(to, step)}
        className="inline-flex size-6 items-center justify-center rounded-sm hover:bg-hover hover:text-ink disabled:opacity-40"
      >
        <Icon size={14} aria-hidden />
      </button>
    )
  }
  return (
    <fieldset
      ref={group}
      aria-label={`Version ${place + 1} of ${versions.length}`}
      data-testid="version-switch"
      className="flex min-w-0 items-center text-2xs text-muted"
    >
      {button('previous', versions[place - 1])}
      <span aria-hidden className="tabular-nums">
        {place + 1}/{versions.length}
      </span>
      {button('next', versions[place + 1])}
    </fieldset>
  )
}
