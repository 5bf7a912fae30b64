'use client'

import { useSyncExternalStore } from 'react'
import { formatInstant, formatMoment } from '@/components/ui/format'

const never = () => () => undefined

/** A time in the reader's own zone and language, which the server does not know: it appears with the page's scripts. */
export function Moment({ at }: { at: number }) {
  const inBrowser = useSyncExternalStore(
    never,
    () => true,
    () => false,
  )
  return (
    <time dateTime={new Date(at).toISOString()} title={inBrowser ? formatInstant(at) : undefined}>
      {inBrowser ? formatMoment(at) : new Date(at).toISOString().slice(0, 10)}
    </time>
  )
}
