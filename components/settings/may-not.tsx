import { LockKeyhole } from 'lucide-react'
import Link from 'next/link'
import { buttonClass } from '@/components/ui/button'
import type { Role } from '@/lib/access/types'

const ARTICLE: Record<Role, string> = { viewer: 'a viewer', editor: 'an editor', admin: 'an admin' }

/** Instead of a page that the caller's role does not open: why, and what to do about it. */
export function MayNot({
  slug,
  organisation,
  role,
  minimumRole,
}: {
  slug: string
  organisation: string
  role: Role
  minimumRole: Role
}) {
  return (
    <div
      data-testid="may-not"
      className="m-auto grid max-w-sm justify-items-center gap-2 px-6 py-20 text-center [overflow-wrap:anywhere]"
    >
      <span className="mb-2 inline-flex size-11 items-center justify-center rounded-full bg-accent-soft text-accent">
        <LockKeyhole size={20} aria-hidden />
      </span>
      <h1 className="text-lg font-semibold tracking-tight">This page is not for your role</h1>
      <p className="text-sm text-muted">
        You are {ARTICLE[role]} in {organisation}; this page needs {ARTICLE[minimumRole]}. An administrator of{' '}
        {organisation} can change your role.
      </p>
      <Link href={`/o/${slug}`} className={`mt-3 ${buttonClass()}`}>
        Back to your sessions
      </Link>
    </div>
  )
}
