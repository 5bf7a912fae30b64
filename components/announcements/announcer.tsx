'use client'

import { useCallback, useEffect, useRef, useState } from 'react'
import {
  type Announcement,
  approvalSentence,
  connectionSentence,
  type Heard,
  runSentence,
} from '@/components/announcements/sentences'
import { useOutage, useSessionList } from '@/components/chat/live'
import type { Outage } from '@/components/chat/live/outage'
import { useMaybeHead, useMaybeRun } from '@/components/chat/use-maybe-session'

/** So long a sentence stands, for those who read the region themselves. */
const STAYS = 10_000

interface Said extends Announcement {
  number: number
}

/**
 * The page's one voice for those who do not see it: sentences about runs, approvals and the connection, each said once.
 * What is urgent has a region of its own, because a region cannot change its manners.
 */
export function Announcer({ organisationId, sessionId }: { organisationId: string; sessionId: string | null }) {
  const [said, setSaid] = useState<readonly Said[]>([])
  const count = useRef(0)
  const say = useCallback((announcement: Announcement | null) => {
    if (!announcement) return
    const number = ++count.current
    setSaid((now) => [...now, { ...announcement, number }])
    setTimeout(() => setSaid((now) => now.filter((one) => one.number !== number)), STAYS)
  }, [])

  useRunSentences(sessionId, say)
  useConnectionSentences(say)
  useApprovalSentences(organisationId, sessionId, say)

  const lines = (urgent: boolean) =>
    said.filter((one) => (one.urgent ?? false) === urgent).map(({ number, text }) => <p key={number}>{text}</p>)
  return (
    <div className="sr-only">
      <div role="status" aria-atomic="false" data-testid="announcements">
        {lines(false)}
      </div>
      <div role="alert" aria-atomic="false" data-testid="urgent-announcements">
        {lines(true)}
      </div>
    </div>
  )
}

type Say = (announcement: Announcement | null) => void

function useRunSentences(sessionId: string | null, say: Say) {
  const head = useMaybeHead(sessionId)
  const run = useMaybeRun(sessionId)
  const before = useRef<Heard | null>(null)
  const known = sessionId === null || head?.status === 'ready'
  const runId = run?.runId ?? null
  const status = run?.status ?? 'none'
  const error = run?.error?.message ?? null
  useEffect(() => {
    const now: Heard = { sessionId, known, run: { runId, status }, error }
    say(runSentence(before.current, now))
    before.current = now
  }, [sessionId, known, runId, status, error, say])
}

function useConnectionSentences(say: Say) {
  const { state: now } = useOutage()
  const before = useRef<Outage['state']>('none')
  useEffect(() => {
    say(connectionSentence(before.current, now))
    before.current = now
  }, [now, say])
}

function useApprovalSentences(organisationId: string, sessionId: string | null, say: Say) {
  const { waitingForMe, sessions } = useSessionList(organisationId)
  const before = useRef<readonly string[] | null>(null)
  useEffect(() => {
    const shown = sessions.find(({ id }) => id === sessionId)?.waitingForMe ?? []
    say(approvalSentence(before.current, waitingForMe, shown))
    before.current = waitingForMe
  }, [waitingForMe, sessions, sessionId, say])
}
