'use client'

import Link from 'next/link'
import { useCallback, useEffect, useState } from 'react'
import { useClient } from '@/components/chat/live'
import { sessionPath } from '@/components/sessions/paths'
import { useWorkspace } from '@/components/sessions/workspace'
import { Badge, type Tone } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Notice } from '@/components/ui/field'
import { formatDuration, formatInstant } from '@/components/ui/format'
import { type Column, DataTable } from '@/components/ui/table'
import { toastError } from '@/components/ui/toaster'
import type { ActiveRun } from '@/lib/runs/list-active'

interface ActiveRunsAnswer {
  runs: ActiveRun[]
  more: boolean
}

const REFRESH = 3_000

const LOOKS: Partial<Record<ActiveRun['status'], { word: string; tone: Tone }>> = {
  running: { word: 'running', tone: 'accent' },
  waiting: { word: 'waits for approval', tone: 'warn' },
  queued: { word: 'queued', tone: 'neutral' },
}

/** The runs as they are now, read again while the page is shown; each can be stopped. */
export function ActiveRuns({ first }: { first: ActiveRunsAnswer }) {
  const { organisation } = useWorkspace().current
  const client = useClient()
  const [answer, setAnswer] = useState(first)
  const [now, setNow] = useState<number | null>(null)
  const [stopping, setStopping] = useState<ReadonlySet<string>>(new Set())
  const [isStale, setStale] = useState(false)

  const load = useCallback(async () => {
    try {
      setAnswer(await client.request<ActiveRunsAnswer>('GET', `/api/agent/runs?org=${organisation.id}`))
      setStale(false)
    } catch {
      // Shown above the list; the next reading may succeed.
      setStale(true)
    }
    setNow(Date.now())
  }, [client, organisation.id])
  useEffect(() => {
    setNow(Date.now())
    const timer = setInterval(() => {
      if (!document.hidden) void load()
    }, REFRESH)
    return () => clearInterval(timer)
  }, [load])

  const stop = async (run: ActiveRun) => {
    setStopping((before) => new Set(before).add(run.id))
    try {
      await client.request('POST', `/api/agent/runs/${encodeURIComponent(run.id)}/cancel`, { body: {} })
    } catch (error) {
      toastError('Not stopped', error)
      setStopping((before) => new Set([...before].filter((id) => id !== run.id)))
    }
    await load()
  }

  const columns: Column<ActiveRun>[] = [
    {
      key: 'what',
      header: 'Conversation',
      plain: true,
      cell: (run) =>
        run.sessionTitle === null ? (
          <span className="text-muted italic">Private conversation</span>
        ) : (
          <Link href={sessionPath(organisation.slug, run.sessionId)} className="font-medium hover:underline">
            {run.sessionTitle || 'New session'}
          </Link>
        ),
    },
    { key: 'asker', header: 'Asked by', cell: (run) => run.asker.name },
    {
      key: 'status',
      header: 'Status',
      cell: (run) => <Badge tone={LOOKS[run.status]?.tone}>{LOOKS[run.status]?.word ?? run.status}</Badge>,
    },
    { key: 'steps', header: 'Steps', cell: (run) => <span className="tabular-nums">{run.steps}</span> },
    {
      key: 'age',
      header: 'Age',
      cell: (run) => (
        <time dateTime={new Date(run.createdAt).toISOString()} className="tabular-nums">
          {now === null ? (
            ''
          ) : (
            <span title={formatInstant(run.createdAt)}>{formatDuration(Math.max(0, now - run.createdAt))}</span>
          )}
        </time>
      ),
    },
    {
      key: 'calls',
      header: 'Tool calls',
      cell: (run) => (
        <span className="font-mono text-xs">
          {run.calls.length === 0 ? '–' : run.calls.map(({ tool }) => tool).join(', ')}
        </span>
      ),
    },
    { key: 'model', header: 'Model', cell: (run) => <span className="text-xs text-muted">{run.model ?? '–'}</span> },
    {
      key: 'stop',
      header: 'Stop',
      plain: true,
      align: 'right',
      cell: (run) => (
        <Button
          size="small"
          busy={stopping.has(run.id)}
          onClick={() => stop(run)}
          data-testid="stop-run"
          aria-label={`Stop ${run.sessionTitle ?? `the run of ${run.asker.name}`}`}
        >
          Stop
        </Button>
      ),
    },
  ]
  return (
    <>
      {isStale && <Notice tone="warn">The list could not be read just now; it may be out of date.</Notice>}
      <DataTable
        caption="Active runs"
        columns={columns}
        rows={answer.runs}
        rowKey={(run) => run.id}
        rowAttributes={(run) => ({ 'data-run': run.id, 'data-status': run.status })}
        empty="Nothing runs now."
      />
      {answer.more && <p className="text-xs text-muted">There are more than these.</p>}
    </>
  )
}
