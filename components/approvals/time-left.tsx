'use client'

import { useEffect, useState } from 'react'
import { formatInstant } from '@/components/ui/format'

/** How long there is to decide, counted down. */
export function TimeLeft({ until }: { until: number }) {
  const [now, setNow] = useState<number | null>(null)
  useEffect(() => {
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  // The server's clock and zone may be others: it says nothing.
  if (now === null) return null
  return (
    <time dateTime={new Date(until).toISOString()} title={formatInstant(until)} className="tabular-nums">
      {leftWords(until - now)}
    </time>
  )
}

/** `1 d 3 h`, `5 h 02 min`, `4 min 09 s`; then that it is over. */
export function leftWords(milliseconds: number): string {
  if (milliseconds <= 0) return 'time is up'
  const seconds = Math.floor(milliseconds / 1000)
  const [days, hours, minutes] = [seconds / 86_400, (seconds / 3600) % 24, (seconds / 60) % 60].map(Math.floor) as [
    number,
    number,
    number,
  ]
  const two = (value: number) => String(value).padStart(2, '0')
  if (days > 0) return `${days} d ${hours} h left`
  if (hours > 0) return `${hours} h ${two(minutes)} min left`
  return `${minutes} min ${two(seconds % 60)} s left`
}
