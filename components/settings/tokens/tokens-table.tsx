'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { requestJson } from '@/components/api/request'
import { useMore } from '@/components/settings/use-more'
import { Badge, type Tone } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Confirm } from '@/components/ui/confirm'
import { Moment } from '@/components/ui/moment'
import { type Column, DataTable } from '@/components/ui/table'
import { toast } from '@/components/ui/toast'
import { toastError } from '@/components/ui/toaster'
import type { TokenView } from '@/lib/access/token-administration'

const TONES: Record<TokenView['status'], Tone> = { live: 'ok', expired: 'neutral', revoked: 'neutral' }

/** API tokens: the reader's own, for admins everybody's. */
export function TokensTable({
  organisationId,
  first,
}: {
  organisationId: string
  first: { items: TokenView[]; nextCursor: string | null }
}) {
  const router = useRouter()
  const list = useMore(first, { path: `/api/tokens?org=${organisationId}&limit=50`, name: 'tokens' })
  const [revoking, setRevoking] = useState<TokenView | null>(null)
  const [busy, setBusy] = useState(false)

  const revoke = async (token: TokenView) => {
    setBusy(true)
    try {
      await requestJson(`/api/tokens/${token.id}`, { method: 'DELETE' })
      toast.success(`The token ${token.name} is revoked.`)
      router.refresh()
    } catch (error) {
      toastError('Not revoked', error)
    }
    setBusy(false)
    setRevoking(null)
  }

  const columns: Column<TokenView>[] = [
    {
      key: 'name',
      header: 'Token',
      plain: true,
      cell: ({ name, prefix, status }) => (
        <div>
          <span className="flex flex-wrap items-center gap-2 font-medium">
            {name}
            <Badge tone={TONES[status]}>{status}</Badge>
          </span>
          <span className="font-mono text-xs text-muted">{prefix}…</span>
        </div>
      ),
    },
    { key: 'role', header: 'Role', cell: ({ role }) => role },
    {
      key: 'owner',
      header: 'Made by',
      cell: ({ createdBy, provisioned }) =>
        createdBy?.name ?? (
          <span className="text-muted">{provisioned ? 'a provisioning file' : 'nobody any more'}</span>
        ),
    },
    {
      key: 'expires',
      header: 'Valid until',
      cell: ({ expiresAt }) => (expiresAt === null ? 'for ever' : <Moment at={expiresAt} />),
    },
    {
      key: 'used',
      header: 'Last use',
      cell: ({ lastUsedAt }) =>
        lastUsedAt === null ? <span className="text-muted">never</span> : <Moment at={lastUsedAt} />,
    },
    {
      key: 'actions',
      header: 'Actions',
      plain: true,
      align: 'right',
      cell: (token) =>
        token.status === 'live' ? (
          <Button size="small" onClick={() => setRevoking(token)}>
            Revoke
          </Button>
        ) : null,
    },
  ]
  return (
    <div className="grid gap-3">
      <DataTable
        caption="API tokens"
        columns={columns}
        rows={list.items}
        rowKey={({ id }) => id}
        rowAttributes={({ name, status }) => ({ 'data-token': name, 'data-status': status })}
        empty="No tokens yet."
      />
      {list.hasMore && (
        <div>
          <Button busy={list.busy} onClick={list.loadMore}>
            Show more
          </Button>
        </div>
      )}
      <Confirm
        open={revoking !== null}
        onOpenChange={(open) => !open && setRevoking(null)}
        title={`Revoke ${revoking?.name ?? ''}?`}
        description="At once and for good: whatever uses it is refused from the next call on."
        action="Revoke"
        busy={busy}
        onConfirm={() => revoking && revoke(revoking)}
      />
    </div>
  )
}
