'use client'

import { Trash2 } from 'lucide-react'
import { useEffect, useId, useState } from 'react'
import { messageOf, requestJson } from '@/components/api/request'
import { Badge } from '@/components/ui/badge'
import { Button, IconButton } from '@/components/ui/button'
import { CopyButton } from '@/components/ui/copy-button'
import { Notice } from '@/components/ui/field'
import { formatInstant } from '@/components/ui/format'
import { Modal } from '@/components/ui/modal'

interface ShareView {
  shareId: string
  url: string
  evidence: boolean
  createdAt: number
  expiresAt: number | null
}

const HOUR = 3_600
const TIMES = [
  { value: String(HOUR), label: '1 hour' },
  { value: String(24 * HOUR), label: '1 day' },
  { value: String(7 * 24 * HOUR), label: '1 week' },
  { value: String(30 * 24 * HOUR), label: '30 days' },
  { value: 'never', label: 'Never' },
]

/** Makes links to the session as it is now, and ends them. */
export default function ShareDialog({ sessionId, onClose }: { sessionId: string; onClose: () => void }) {
  const path = `/api/sessions/${encodeURIComponent(sessionId)}/shares`
  const [shares, setShares] = useState<ShareView[] | null>(null)
  const [time, setTime] = useState(TIMES[2]?.value ?? 'never')
  const [evidence, setEvidence] = useState(false)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  const id = useId()

  useEffect(() => {
    const ended = new AbortController()
    requestJson<{ shares: ShareView[] }>(path, { signal: ended.signal }).then(
      (answer) => setShares(answer.shares),
      (error: unknown) => !ended.signal.aborted && setFailure(messageOf(error)),
    )
    return () => ended.abort()
  }, [path])

  const act = async (work: () => Promise<void>) => {
    setBusy(true)
    setFailure(null)
    try {
      await work()
    } catch (error) {
      setFailure(messageOf(error))
    }
    setBusy(false)
  }
  const share = () =>
    act(async () => {
      const body = { expiresIn: time === 'never' ? null : Number(time), evidence }
      const made = await requestJson<ShareView>(path, { method: 'POST', body })
      setShares((now) => [made, ...(now ?? [])])
    })
  const revoke = (shareId: string) =>
    act(async () => {
      await requestJson(`/api/shares/${shareId}`, { method: 'DELETE' })
      setShares((now) => now?.filter((one) => one.shareId !== shareId) ?? null)
    })

  return (
    <Modal
      open
      onOpenChange={(open) => !open && onClose()}
      title="Share this session"
      description="Members of the organisation read it as it is now. What is said later is not part of it."
    >
      <div className="grid grid-cols-1 gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <div>
            <label htmlFor={`${id}-time`} className="mb-1.5 block text-sm font-medium">
              Ends after
            </label>
            <select
              id={`${id}-time`}
              value={time}
              onChange={(event) => setTime(event.currentTarget.value)}
              className="h-10 w-full rounded-lg border border-line-strong bg-surface px-3 text-sm"
            >
              {TIMES.map((one) => (
                <option key={one.value} value={one.value}>
                  {one.label}
                </option>
              ))}
            </select>
          </div>
          <div className="flex items-start gap-2.5 sm:pt-7">
            <input
              id={`${id}-evidence`}
              type="checkbox"
              checked={evidence}
              onChange={(event) => setEvidence(event.currentTarget.checked)}
              className="mt-1 size-4 accent-(--accent)"
            />
            <label htmlFor={`${id}-evidence`} className="text-sm">
              With results of tools and attached files
              <span className="block text-xs text-muted">Each reader sees those that their own role may see.</span>
            </label>
          </div>
        </div>
        <div>
          <Button variant="primary" busy={busy} onClick={share} data-testid="create-share">
            Create a link
          </Button>
        </div>
        {failure && <Notice tone="danger">{failure}</Notice>}
        {shares && shares.length > 0 && (
          <ul className="grid grid-cols-1 gap-2" aria-label="Links in force">
            {shares.map((one) => (
              <li
                key={one.shareId}
                data-testid="share"
                className="flex items-center gap-2 rounded-lg border border-line bg-surface py-2 pr-2 pl-3 text-sm"
              >
                <div className="min-w-0 flex-1">
                  <a href={one.url} className="block truncate font-mono text-xs text-accent hover:underline">
                    {one.url}
                  </a>
                  <p className="mt-0.5 flex flex-wrap gap-x-2 text-xs text-muted">
                    {one.expiresAt === null ? 'Never ends' : `Until ${formatInstant(one.expiresAt)}`}
                    {one.evidence && <Badge>with results</Badge>}
                  </p>
                </div>
                <CopyButton text={new URL(one.url, window.location.href).href} label="Copy the link" />
                <IconButton
                  small
                  label="End this link"
                  disabled={busy}
                  onClick={() => revoke(one.shareId)}
                  data-testid="revoke-share"
                >
                  <Trash2 size={15} aria-hidden />
                </IconButton>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Modal>
  )
}
