import Link from 'next/link'
import type { ReactNode } from 'react'
import { buttonClass } from '@/components/ui/button'
import { Logo } from '@/components/ui/logo'

/** A page with nothing on it but why, and the way out. */
export function Blank({
  title,
  text,
  href,
  action,
  children,
}: {
  title: string
  text: string
  href: string
  action: string
  children?: ReactNode
}) {
  return (
    <div className="m-auto grid max-w-sm justify-items-center gap-2 p-6 text-center">
      <Logo size={32} className="mb-2 opacity-80" />
      <h1 className="text-lg font-semibold tracking-tight">{title}</h1>
      <p className="text-sm text-muted">{text}</p>
      <div className="mt-3 flex gap-2">
        {children}
        <Link href={href} className={buttonClass()}>
          {action}
        </Link>
      </div>
    </div>
  )
}
