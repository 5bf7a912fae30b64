'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { requestJson } from '@/components/api/request'
import { useMore } from '@/components/settings/use-more'
import { Badge, type Tone } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Moment } from '@/components/ui/moment'
import { type Column, DataTable } from '@/components/ui/table'
import { toast } from '@/components/ui/toast'
import { toastError } from '@/components/ui/toaster'
import type { InvitationView } from '@/lib/access/invitations'

const TONES: Record<InvitationView['status'], Tone> = {
  open: 'accent',
  accepted: 'ok',
  revoked: 'neutral',
  expired: 'neutral',
}

/** Invitations and what became of them; open ones can be revoked. */
export function InvitationsTable({
  organisationId,
  first,
}: {
  organisationId: string
  first: { items: InvitationView[]; nextCursor: string | null }
}) {
  const list = useMore(first, { path: `/api/invitations?org=${organisationId}&limit=50`, name: 'invitations' })
  const columns: Column<InvitationView>[] = [
    {
      key: 'for',
      header: 'For',
      cell: ({ email }) => email ?? <span className="text-muted">whoever has the link</span>,
    },
    { key: 'role', header: 'Role', cell: ({ role }) => role },
    {
      key: 'status',
      header: 'Status',
      cell: ({ status, acceptedBy }) => (
        <span className="flex flex-wrap items-center gap-2">
          <Badge tone={TONES[status]}>{status}</Badge>
          {acceptedBy && <span className="text-muted">{acceptedBy.name}</span>}
        </span>
      ),
    },
    { key: 'by', header: 'Made by', cell: ({ createdBy }) => createdBy.name },
    { key: 'until', header: 'Valid until', cell: ({ expiresAt }) => <Moment at={expiresAt} /> },
    {
      key: 'actions',
      header: 'Actions',
      plain: true,
      align: 'right',
      cell: (invitation) => (invitation.status === 'open' ? <Revoke invitation={invitation} /> : null),
    },
  ]
  return (
    <div className="grid gap-3">
      <DataTable
        caption="Invitations"
        columns={columns}
        rows={list.items}
        rowKey={({ id }) => id}
        rowAttributes={({ status, email }) => ({ 'data-invitation': email ?? '', 'data-status': status })}
        empty="No invitations in the last month."
      />
      {list.hasMore && (
        <div>
          <Button busy={list.busy} onClick={list.loadMore}>
            Show more
          </Button>
        </div>
      )}
    </div>
  )
}

function Revoke({ invitation }: { invitation: InvitationView }) {
  const router = useRouter()
  const [busy, setBusy] = useState(false)
  const revoke = async () => {
    setBusy(true)
    try {
      await requestJson(`/api/invitations/${invitation.id}`, { method: 'DELETE' })
      toast.success('The invitation is revoked.')
    } catch (error) {
      toastError('Not revoked', error)
    }
    setBusy(false)
    router.refresh()
  }
  return (
    <Button size="small" busy={busy} onClick={revoke}>
      Revoke
    </Button>
  )
}
