'use client'

import { useEffect, useState } from 'react'
import { formatInstant } from '@/components/ui/format'

const UNITS = [
  { name: 'day', milliseconds: 86_400_000 },
  { name: 'hour', milliseconds: 3_600_000 },
  { name: 'minute', milliseconds: 60_000 },
] as const

/** `just now`, `5 minutes ago`. */
export function formatAgo(time: number, now: number): string {
  const passed = Math.max(0, now - time)
  for (const { name, milliseconds } of UNITS) {
    const count = Math.floor(passed / milliseconds)
    if (count > 0) return `${count} ${name}${count === 1 ? '' : 's'} ago`
  }
  return 'just now'
}

/** How long ago something was, going on with the clock; the instant itself is in its title. The server renders none of it. */
export function When({ time, never = 'never' }: { time: number | null; never?: string }) {
  const [now, setNow] = useState<number | null>(null)
  useEffect(() => {
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), 30_000)
    return () => clearInterval(timer)
  }, [])
  if (time === null) return <span className="text-faint">{never}</span>
  return (
    <time dateTime={new Date(time).toISOString()} title={now === null ? undefined : formatInstant(time)}>
      {now === null ? '…' : formatAgo(time, Math.max(now, time))}
    </time>
  )
}
