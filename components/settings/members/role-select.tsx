'use client'

import { LockKeyhole } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { toast } from '@/components/ui/toast'
import { toastError } from '@/components/ui/toaster'
import { ROLES, type Role } from '@/lib/access/types'

/** A role that is saved as soon as it is chosen; a refusal brings the old one back. */
export function RoleSelect({
  label,
  role,
  locked,
  save,
  saved,
}: {
  label: string
  role: Role
  /** Why it cannot be changed here. */
  locked: string | null
  save: (role: Role) => Promise<unknown>
  saved: (role: Role) => string
}) {
  const router = useRouter()
  const [chosen, setChosen] = useState<Role | null>(null)

  if (locked)
    return (
      <span className="inline-flex items-center gap-1.5" title={locked}>
        {role}
        <LockKeyhole size={12} aria-hidden className="text-faint" />
        <span className="sr-only">{locked}</span>
      </span>
    )

  const choose = async (next: Role) => {
    setChosen(next)
    try {
      await save(next)
      toast.success(saved(next))
      router.refresh()
    } catch (error) {
      toastError('Role not changed', error)
    } finally {
      setChosen(null)
    }
  }
  return (
    <select
      aria-label={label}
      value={chosen ?? role}
      disabled={chosen !== null}
      onChange={(event) => void choose(event.currentTarget.value as Role)}
      className="h-8 rounded-md border border-line-strong bg-surface px-2 text-sm disabled:opacity-60"
    >
      {ROLES.map((one) => (
        <option key={one} value={one}>
          {one}
        </option>
      ))}
    </select>
  )
}
