'use client'

import { ChevronDown } from 'lucide-react'
import { Switch } from 'radix-ui'
import { type ComponentProps, useId, useState } from 'react'
import type { FieldBinding } from '@/components/settings/form/use-settings-form'
import { cx } from '@/components/ui/cx'
import { controlClass, FieldFrame, type FieldText } from '@/components/ui/field-frame'

type InputOptions = Pick<
  ComponentProps<'input'>,
  'type' | 'placeholder' | 'autoComplete' | 'spellCheck' | 'maxLength' | 'required' | 'inputMode' | 'autoFocus'
>

export function TextField({
  name,
  value,
  onChange,
  error,
  disabled,
  locked,
  label,
  hint,
  className,
  mono = false,
  ...options
}: FieldBinding<string> & FieldText & InputOptions & { mono?: boolean }) {
  return (
    <FieldFrame label={label} hint={hint} className={className} error={error} locked={locked}>
      {(attributes) => (
        <input
          {...attributes}
          {...options}
          name={name}
          value={value}
          disabled={disabled}
          readOnly={locked !== null}
          onChange={(event) => onChange(event.currentTarget.value)}
          className={controlClass(error !== null, cx('h-10', mono && 'font-mono'))}
        />
      )}
    </FieldFrame>
  )
}

export function TextAreaField({
  name,
  value,
  onChange,
  error,
  disabled,
  locked,
  label,
  hint,
  className,
  rows = 6,
  mono = false,
  placeholder,
  maxLength,
}: FieldBinding<string> & FieldText & { rows?: number; mono?: boolean; placeholder?: string; maxLength?: number }) {
  return (
    <FieldFrame label={label} hint={hint} className={className} error={error} locked={locked}>
      {(attributes) => (
        <textarea
          {...attributes}
          name={name}
          value={value}
          rows={rows}
          placeholder={placeholder}
          maxLength={maxLength}
          disabled={disabled}
          readOnly={locked !== null}
          onChange={(event) => onChange(event.currentTarget.value)}
          className={controlClass(error !== null, cx('min-h-20 resize-y py-2 leading-6', mono && 'font-mono text-sm'))}
        />
      )}
    </FieldFrame>
  )
}

/** A number, or nothing. What is typed and is no number is sent as it is, for the server to refuse by field. */
export function NumberField({
  name,
  value,
  onChange,
  error,
  disabled,
  locked,
  label,
  hint,
  className,
  unit,
  placeholder,
}: FieldBinding<number | null> & FieldText & { unit?: string; placeholder?: string }) {
  const [text, setText] = useState(value === null ? '' : String(value))
  if (!Object.is(numberOf(text), value)) setText(value === null ? '' : String(value))
  return (
    <FieldFrame label={label} hint={hint} className={className} error={error} locked={locked}>
      {(attributes) => (
        <div className="relative">
          <input
            {...attributes}
            name={name}
            inputMode="decimal"
            autoComplete="off"
            value={text}
            placeholder={placeholder}
            disabled={disabled}
            readOnly={locked !== null}
            onChange={(event) => {
              setText(event.currentTarget.value)
              onChange(numberOf(event.currentTarget.value))
            }}
            className={controlClass(error !== null, cx('h-10 tabular-nums', unit && 'pr-20'))}
          />
          {unit && (
            <span
              aria-hidden
              className="pointer-events-none absolute inset-y-0 right-3 flex items-center text-xs text-faint"
            >
              {unit}
            </span>
          )}
        </div>
      )}
    </FieldFrame>
  )
}

const numberOf = (text: string): number | null => (text.trim() === '' ? null : Number(text))

export function SelectField<Value extends string>({
  name,
  value,
  onChange,
  error,
  disabled,
  locked,
  label,
  hint,
  className,
  options,
}: FieldBinding<Value> & FieldText & { options: { value: Value; label: string }[] }) {
  return (
    <FieldFrame label={label} hint={hint} className={className} error={error} locked={locked}>
      {(attributes) => (
        <div className="relative">
          <select
            {...attributes}
            name={name}
            value={value}
            disabled={disabled || locked !== null}
            onChange={(event) => onChange(event.currentTarget.value as Value)}
            className={controlClass(error !== null, 'h-10 appearance-none pr-9')}
          >
            {options.map((option) => (
              <option key={option.value} value={option.value}>
                {option.label}
              </option>
            ))}
          </select>
          <ChevronDown size={15} aria-hidden className="pointer-events-none absolute top-3 right-3 text-faint" />
        </div>
      )}
    </FieldFrame>
  )
}

/** A yes or no. */
export function SwitchField({
  name,
  value,
  onChange,
  error,
  disabled,
  locked,
  label,
  hint,
  className,
}: FieldBinding<boolean> & FieldText) {
  const id = useId()
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined
  return (
    <div className={cx('flex items-start gap-3', className)}>
      <Switch.Root
        id={id}
        name={name}
        checked={value}
        disabled={disabled || locked !== null}
        onCheckedChange={onChange}
        aria-invalid={error ? true : undefined}
        aria-describedby={described}
        title={locked ?? undefined}
        className="relative mt-0.5 inline-flex h-5 min-h-0 w-9 min-w-0 shrink-0 before:absolute before:-inset-3 before:content-[''] items-center rounded-full border border-line-strong bg-sunken p-0.5 transition-colors duration-(--quick) disabled:opacity-50 data-[state=checked]:border-accent data-[state=checked]:bg-accent"
      >
        <Switch.Thumb className="size-3.5 rounded-full bg-muted transition-transform duration-(--quick) data-[state=checked]:translate-x-4 data-[state=checked]:bg-accent-ink" />
      </Switch.Root>
      <div className="min-w-0">
        <label htmlFor={id} className="text-sm font-medium">
          {label}
        </label>
        {hint && (
          <p id={`${id}-hint`} className="mt-0.5 text-xs text-muted">
            {hint}
          </p>
        )}
        {error && (
          <p id={`${id}-error`} className="mt-0.5 text-xs text-danger">
            {error}
          </p>
        )}
      </div>
    </div>
  )
}
