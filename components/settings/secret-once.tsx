'use client'

import { useId } from 'react'
import { Button } from '@/components/ui/button'
import { CopyButton } from '@/components/ui/copy-button'

/** A secret that was just made: it is shown now and never again. */
export function SecretOnce({
  label,
  value,
  hint,
  onDone,
}: {
  label: string
  value: string
  hint: string
  onDone: () => void
}) {
  const id = useId()
  return (
    <div className="grid gap-4">
      <div>
        <label htmlFor={id} className="mb-1.5 block text-sm font-medium">
          {label}
        </label>
        <div className="flex items-center gap-2">
          <input
            id={id}
            readOnly
            value={value}
            data-testid="secret-once"
            onFocus={(event) => event.currentTarget.select()}
            className="h-10 w-full min-w-0 rounded-lg border border-line-strong bg-sunken px-3 font-mono text-xs"
          />
          <CopyButton text={value} label="Copy" />
        </div>
        <p className="mt-1.5 text-xs text-muted">{hint}</p>
      </div>
      <div>
        <Button variant="primary" onClick={onDone} data-testid="secret-done">
          Done
        </Button>
      </div>
    </div>
  )
}
