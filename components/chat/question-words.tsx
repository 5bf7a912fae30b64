import type { ReactNode } from 'react'
import { cx } from '@/components/ui/cx'
import { formatInstant } from '@/components/ui/format'

/** The words of a question, as they were typed; of one without words (`null`) only the heading. */
export function QuestionWords({
  createdAt,
  faint = false,
  children,
}: {
  createdAt: number | undefined
  faint?: boolean
  children: ReactNode
}) {
  const heading = <h2 className="sr-only">Question</h2>
  if (children === null) return heading
  return (
    <div
      title={createdAt === undefined ? undefined : formatInstant(createdAt)}
      className={cx(
        'max-w-[88%] rounded-xl rounded-br-sm border border-line bg-accent-soft px-3.5 py-2 leading-relaxed whitespace-pre-wrap [overflow-wrap:anywhere] sm:max-w-[80%]',
        faint && 'opacity-65',
      )}
    >
      {heading}
      {children}
    </div>
  )
}
