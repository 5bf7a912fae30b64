'use client'

import { Plus, X } from 'lucide-react'
import type { FieldBinding } from '@/components/settings/form/use-settings-form'
import { type HeaderDraft, newHeader } from '@/components/settings/mcp/draft'
import { Button, IconButton } from '@/components/ui/button'
import { controlClass, FieldFrame } from '@/components/ui/field-frame'

/** The headers that go along with every request: a list of names and of values that are never shown again. */
export function HeadersField({
  value: headers,
  onChange,
  disabled,
  locked,
  failure,
}: FieldBinding<HeaderDraft[]> & { failure: { field: string | null; message: string } | null }) {
  const change = (key: string, given: Partial<HeaderDraft>) =>
    onChange(headers.map((header) => (header.key === key ? { ...header, ...given } : header)))
  const errorOf = (index: number, part: string) =>
    failure?.field === `headers.${index}.${part}` || (part === 'name' && failure?.field === `headers.${index}`)
      ? failure.message
      : null

  return (
    <fieldset className="grid min-w-0 gap-3" data-testid="headers">
      <legend className="mb-1 text-sm font-medium">Headers</legend>
      <p className="text-xs text-muted">
        Values are sealed and never shown again. <code>{'{{org.externalId}}'}</code>, <code>{'{{org.slug}}'}</code>,{' '}
        <code>{'{{user.email}}'}</code> and the like are filled in for each call; <code>{'{{user.…}}'}</code> leaves the
        server out where no person asks.
      </p>
      {headers.map((header, index) => (
        <div
          key={header.key}
          data-testid="header"
          className="grid gap-3 rounded-lg border border-line p-3 lg:grid-cols-[minmax(0,1fr)_minmax(0,1.2fr)_auto]"
        >
          <FieldFrame label="Name" error={errorOf(index, 'name')} locked={locked}>
            {(attributes) => (
              <input
                {...attributes}
                value={header.name}
                disabled={disabled}
                readOnly={locked !== null}
                spellCheck={false}
                autoComplete="off"
                placeholder="Authorization"
                onChange={(event) => change(header.key, { name: event.currentTarget.value })}
                className={controlClass(errorOf(index, 'name') !== null, 'h-10 font-mono')}
              />
            )}
          </FieldFrame>
          <FieldFrame label="Value" hint={header.hint} error={errorOf(index, 'value')} locked={locked}>
            {(attributes) =>
              header.value === null ? (
                <div className="flex gap-2">
                  <output
                    {...attributes}
                    className="flex h-10 min-w-0 flex-1 items-center rounded-lg border border-line bg-sunken px-3 text-sm text-muted"
                  >
                    Stored, not shown
                  </output>
                  {!locked && (
                    <Button disabled={disabled} onClick={() => change(header.key, { value: '' })}>
                      Replace
                    </Button>
                  )}
                </div>
              ) : (
                <div className="flex items-center gap-2">
                  {header.prefix && <code className="text-sm text-muted">{header.prefix.trim()}</code>}
                  <input
                    {...attributes}
                    type={header.value.includes('{{') ? 'text' : 'password'}
                    value={header.value}
                    disabled={disabled}
                    autoComplete="off"
                    data-1p-ignore
                    spellCheck={false}
                    onChange={(event) => change(header.key, { value: event.currentTarget.value })}
                    className={controlClass(errorOf(index, 'value') !== null, 'h-10 min-w-0 flex-1 font-mono')}
                  />
                  {header.isSet && (
                    <Button variant="quiet" disabled={disabled} onClick={() => change(header.key, { value: null })}>
                      Keep
                    </Button>
                  )}
                </div>
              )
            }
          </FieldFrame>
          {!locked && (
            <IconButton
              label={`Remove the header ${header.name || index + 1}`}
              disabled={disabled}
              className="lg:mt-6.5"
              onClick={() => onChange(headers.filter(({ key }) => key !== header.key))}
            >
              <X size={16} aria-hidden />
            </IconButton>
          )}
        </div>
      ))}
      {!locked && (
        <div>
          <Button size="small" disabled={disabled} onClick={() => onChange([...headers, newHeader()])}>
            <Plus size={14} aria-hidden />
            Add a header
          </Button>
        </div>
      )}
    </fieldset>
  )
}
