'use client'

import { createContext, use } from 'react'

/** The share through which results are read; null where the session itself is open. */
export const EvidenceShare = createContext<string | null>(null)

/** What goes to the end of an evidence call's query. */
export function useShareQuery(): string {
  const share = use(EvidenceShare)
  return share === null ? '' : `&share=${encodeURIComponent(share)}`
}
