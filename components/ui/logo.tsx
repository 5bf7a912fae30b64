import { cx } from '@/components/ui/cx'

/** The mark: a tower and its beam. */
export function Logo({ size = 22, className }: { size?: number; className?: string }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" className={cx('shrink-0', className)}>
      <rect width="32" height="32" rx="8" fill="var(--mark-night)" />
      <path d="M13.4 26h5.2l-1.1-11h-3z" fill="var(--mark-tower)" />
      <path d="M19.6 9.2 28 6v9.2L19.6 12z" fill="var(--mark-light)" opacity=".6" />
      <path d="M12.4 9.2 4 6v9.2L12.4 12z" fill="var(--mark-light)" opacity=".25" />
      <circle cx="16" cy="10.6" r="2.7" fill="var(--mark-light)" />
    </svg>
  )
}
