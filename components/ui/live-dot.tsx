import { cx } from '@/components/ui/cx'

/** The lamp: something is running. */
export function LiveDot({ label = 'Running', className }: { label?: string; className?: string }) {
  return (
    <span
      role="img"
      aria-label={label}
      title={label}
      className={cx('animate-beam inline-block size-2 shrink-0 rounded-full bg-lamp', className)}
    />
  )
}

/** Three dots: the answer has not begun. */
export function WaitingDots({ label = 'Working' }: { label?: string }) {
  return (
    <span role="img" aria-label={label} className="inline-flex h-6 items-center gap-1">
      {[0, 160, 320].map((delay) => (
        <span
          key={delay}
          className="animate-wait size-1.5 rounded-full bg-accent"
          style={{ animationDelay: `${delay}ms` }}
        />
      ))}
    </span>
  )
}
