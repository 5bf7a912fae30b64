import { LoaderCircle } from 'lucide-react'
import type { ComponentProps } from 'react'
import { cx } from '@/components/ui/cx'

const VARIANTS = {
  primary: 'bg-accent text-accent-ink hover:bg-accent-strong border-transparent',
  secondary: 'bg-surface text-ink border-line-strong hover:bg-hover',
  quiet: 'border-transparent text-muted hover:bg-hover hover:text-ink',
  caution: 'bg-surface text-danger border-line-strong hover:bg-danger-soft',
  danger: 'bg-danger text-canvas border-transparent hover:opacity-90',
} as const

const SIZES = {
  small: 'h-7 px-2 text-xs gap-1.5 rounded-md touch:px-3 touch:text-sm',
  medium: 'h-9 px-3.5 text-sm gap-2 rounded-lg',
} as const

type Look = { variant?: keyof typeof VARIANTS; size?: keyof typeof SIZES }

/** The classes of a button, for links that look like one. */
export const buttonClass = ({ variant = 'secondary', size = 'medium' }: Look = {}) =>
  cx(
    'inline-flex shrink-0 items-center justify-center border touch:min-h-10 font-medium whitespace-nowrap transition-colors duration-(--quick)',
    'disabled:opacity-50 disabled:pointer-events-none',
    VARIANTS[variant],
    SIZES[size],
  )

/** A button with a word on it. `busy` keeps its width and says so. */
export function Button({
  variant,
  size,
  busy = false,
  className,
  children,
  ...rest
}: ComponentProps<'button'> & Look & { busy?: boolean }) {
  return (
    <button
      type="button"
      {...rest}
      disabled={rest.disabled || busy}
      aria-busy={busy || undefined}
      className={cx(buttonClass({ variant, size }), className)}
    >
      {busy && <LoaderCircle size={14} className="animate-spin" aria-hidden />}
      {children}
    </button>
  )
}

/** A button that is only an icon: `label` is what it does. */
export function IconButton({
  label,
  className,
  small = false,
  ...rest
}: ComponentProps<'button'> & { label: string; small?: boolean }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={cx(
        'inline-flex shrink-0 items-center justify-center rounded-md text-muted transition-colors duration-(--quick)',
        'hover:bg-hover hover:text-ink disabled:opacity-40 disabled:pointer-events-none',
        small ? 'size-7' : 'size-9',
        className,
      )}
    />
  )
}
