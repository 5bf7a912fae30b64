'use client'

import { KEEP, type SecretChange } from '@/components/settings/form/secret'
import type { FieldBinding } from '@/components/settings/form/use-settings-form'
import { Button } from '@/components/ui/button'
import { controlClass, FieldFrame, type FieldText } from '@/components/ui/field-frame'

/**
 * A secret that goes in and never comes out: set, replace, remove. `isSet` says whether one is stored; after saving,
 * the form's `save` answers with `KEEP` in its place.
 */
export function SecretField({
  name,
  value,
  onChange,
  error,
  disabled,
  locked,
  label,
  hint,
  className,
  isSet,
  removable = true,
  placeholder,
}: FieldBinding<SecretChange> & FieldText & { isSet: boolean; removable?: boolean; placeholder?: string }) {
  const typing = value.action === 'set' || (!isSet && value.action === 'keep')
  const text = value.action === 'set' ? value.value : ''
  return (
    <FieldFrame label={label} hint={hint} className={className} error={error} locked={locked}>
      {(attributes) => (
        <div className="flex flex-wrap gap-2">
          {typing && !(locked && !isSet) ? (
            <input
              {...attributes}
              type="password"
              name={name}
              value={text}
              placeholder={placeholder}
              disabled={disabled}
              autoComplete="off"
              data-1p-ignore
              spellCheck={false}
              onChange={(event) => {
                const typed = event.currentTarget.value
                onChange(typed === '' && !isSet ? KEEP : { action: 'set', value: typed })
              }}
              className={controlClass(error !== null, 'h-10 min-w-0 flex-1 basis-48 font-mono')}
            />
          ) : (
            <output
              {...attributes}
              className="flex h-10 min-w-0 flex-1 basis-48 items-center rounded-lg border border-line bg-sunken px-3 text-sm text-muted"
            >
              {!isSet ? 'None' : value.action === 'remove' ? 'Will be removed when you save' : 'Stored, not shown'}
            </output>
          )}
          {isSet && !locked && value.action === 'keep' && (
            <>
              <Button disabled={disabled} onClick={() => onChange({ action: 'set', value: '' })}>
                Replace
              </Button>
              {removable && (
                <Button variant="quiet" disabled={disabled} onClick={() => onChange({ action: 'remove' })}>
                  Remove
                </Button>
              )}
            </>
          )}
          {isSet && value.action !== 'keep' && (
            <Button variant="quiet" disabled={disabled} onClick={() => onChange(KEEP)}>
              Keep the stored one
            </Button>
          )}
        </div>
      )}
    </FieldFrame>
  )
}
