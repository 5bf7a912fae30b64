'use client'

import Link from 'next/link'
import { useState } from 'react'
import { requestJson } from '@/components/api/request'
import { AuditRecordView } from '@/components/settings/audit/audit-record'
import { type AuditSearch, auditQuery } from '@/components/settings/audit/filter'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { formatInstant } from '@/components/ui/format'
import { Modal } from '@/components/ui/modal'
import { DataTable } from '@/components/ui/table'
import { toastError } from '@/components/ui/toaster'
import type { AuditRecord } from '@/lib/access/audit-collection'

interface Page {
  records: AuditRecord[]
  nextCursor: string | null
}

/** The records of one filter; whoever shows another filter gives it another key. */
export function AuditLog({
  organisationId,
  path,
  search,
  first,
}: {
  organisationId: string
  path: string
  search: AuditSearch
  first: Page
}) {
  const [page, setPage] = useState(first)
  const [busy, setBusy] = useState(false)
  const [open, setOpen] = useState<AuditRecord | null>(null)
  const filtered = (more: AuditSearch) =>
    `${path}?${new URLSearchParams({ ...search, ...more } as Record<string, string>)}`

  const loadMore = async () => {
    setBusy(true)
    try {
      const query = auditQuery(organisationId, search)
      query.set('cursor', page.nextCursor ?? '')
      const next = await requestJson<Page>(`/api/audit?${query}`)
      setPage((before) => ({ records: [...before.records, ...next.records], nextCursor: next.nextCursor }))
    } catch (error) {
      toastError('Not loaded', error)
    } finally {
      setBusy(false)
    }
  }

  return (
    <div className="grid gap-3">
      <DataTable
        caption="What was done, newest first"
        rows={page.records}
        rowKey={({ id }) => id}
        rowAttributes={({ action }) => ({ 'data-testid': 'audit-row', 'data-action': action })}
        empty={page.nextCursor ? 'Nothing among the newest records. There are older ones.' : 'Nothing was recorded.'}
        columns={[
          {
            key: 'at',
            header: 'When',
            className: '@2xl:w-60',
            cell: ({ at }) => (
              <time dateTime={new Date(at).toISOString()} className="tabular-nums" suppressHydrationWarning>
                {formatInstant(at)}
              </time>
            ),
          },
          {
            key: 'actor',
            header: 'Who',
            cell: ({ actor }) => (
              <Link href={filtered({ actor: actor.key })} className="hover:underline" title="Only what they did">
                {actor.name}
              </Link>
            ),
          },
          { key: 'action', header: 'What', cell: ({ action }) => <Badge>{action}</Badge> },
          {
            key: 'target',
            header: 'To what',
            cell: ({ target }) => (
              <Link href={filtered({ target: target.id })} className="hover:underline" title="Only what was done to it">
                {target.name}
              </Link>
            ),
          },
          {
            key: 'origin',
            header: 'From where',
            cell: ({ origin }) => <span className="text-muted tabular-nums">{origin?.address ?? '–'}</span>,
          },
          {
            key: 'details',
            header: 'Details',
            plain: true,
            align: 'right',
            cell: (record) => (
              <Button size="small" variant="quiet" onClick={() => setOpen(record)} data-testid="audit-details">
                Details
              </Button>
            ),
          },
        ]}
      />
      {page.nextCursor && (
        <Button variant="quiet" busy={busy} onClick={loadMore} className="justify-self-center">
          Show older ones
        </Button>
      )}
      <Modal open={open !== null} onOpenChange={(next) => !next && setOpen(null)} title={open?.action ?? ''} wide>
        {open && <AuditRecordView record={open} />}
      </Modal>
    </div>
  )
}
