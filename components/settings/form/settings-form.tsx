'use client'

import { LockKeyhole } from 'lucide-react'
import { type ReactNode, useEffect, useRef } from 'react'
import type { SettingsFormState } from '@/components/settings/form/use-settings-form'
import { Button } from '@/components/ui/button'
import { cx } from '@/components/ui/cx'
import { Notice } from '@/components/ui/field'
import { leaving } from '@/components/ui/unsaved'

/**
 * The form around the fields of `useSettingsForm`: it sends them, says what went wrong, and keeps what was typed.
 * `onCancel` makes it a form that closes (in a modal); without, "Discard" goes back to what is stored.
 */
export function SettingsForm<Values extends object>({
  form,
  submit = 'Save',
  onCancel,
  always = false,
  children,
}: {
  form: SettingsFormState<Values>
  /** What the button says. */
  submit?: string
  onCancel?: () => void
  /** It may be sent as it is: for forms that create something. */
  always?: boolean
  children: ReactNode
}) {
  const element = useRef<HTMLFormElement>(null)
  const { failure } = form
  const shown = form.unclaimedFailure()

  useEffect(() => {
    if (failure?.field) element.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
  }, [failure])

  return (
    <form
      ref={element}
      method="post"
      noValidate
      aria-busy={form.sending || undefined}
      onSubmit={(event) => {
        event.preventDefault()
        void form.save()
      }}
      className="grid min-w-0 gap-5"
    >
      {form.locked && <LockedNote reason={form.locked} />}
      {children}
      {shown?.conflict && (
        <Notice tone="warn">
          <span role="alert">{shown.message} </span>
          <button type="button" className="font-medium underline underline-offset-2" onClick={form.reload}>
            Reload
          </button>
          <span>; what you typed stays.</span>
        </Notice>
      )}
      {shown && !shown.conflict && <Notice tone="danger">{shown.message}</Notice>}
      {!form.locked && (
        <div
          className={cx(
            'flex flex-wrap items-center gap-2',
            // In view however long the form is.
            form.dirty && !onCancel && 'sticky bottom-0 -mx-2 border-t border-line bg-canvas px-2 py-3',
          )}
        >
          <Button
            type="submit"
            variant="primary"
            busy={form.sending}
            disabled={!form.dirty && !always}
            data-testid="save-settings"
          >
            {submit}
          </Button>
          {onCancel ? (
            <Button variant="quiet" disabled={form.sending} onClick={() => leaving(onCancel)}>
              Cancel
            </Button>
          ) : (
            form.dirty && (
              <Button variant="quiet" disabled={form.sending} onClick={form.discard}>
                Discard
              </Button>
            )
          )}
          {form.dirty && !onCancel && <span className="text-xs text-muted">Not saved yet</span>}
        </div>
      )}
    </form>
  )
}

/** Why a thing cannot be changed here. */
export function LockedNote({ reason }: { reason: string }) {
  return (
    <div
      data-testid="locked-note"
      className="flex items-start gap-2.5 rounded-lg bg-sunken px-3 py-2 text-sm text-muted [overflow-wrap:anywhere]"
    >
      <LockKeyhole size={15} aria-hidden className="mt-0.5 shrink-0 text-faint" />
      <p>{reason}</p>
    </div>
  )
}
