'use client'

import { useState } from 'react'
import { requestJson } from '@/components/api/request'
import { toastError } from '@/components/ui/toaster'

/**
 * A list that the page brought the beginning of, and the rest of it on demand. When the page brings a newer beginning,
 * what was loaded behind the old one is dropped.
 */
export function useMore<Item>(
  first: { items: Item[]; nextCursor: string | null },
  { path, name }: { path: string; name: string },
) {
  const [state, setState] = useState({ of: first.items, more: [] as Item[], nextCursor: first.nextCursor })
  const [busy, setBusy] = useState(false)
  const current = state.of === first.items ? state : { of: first.items, more: [], nextCursor: first.nextCursor }
  if (current !== state) setState(current)

  const loadMore = async () => {
    setBusy(true)
    try {
      const page = await requestJson<Record<string, Item[]> & { nextCursor: string | null }>(
        `${path}&cursor=${encodeURIComponent(current.nextCursor ?? '')}`,
      )
      setState({ of: first.items, more: [...current.more, ...(page[name] ?? [])], nextCursor: page.nextCursor })
    } catch (error) {
      toastError('Not loaded', error)
    } finally {
      setBusy(false)
    }
  }

  return { items: [...first.items, ...current.more], hasMore: current.nextCursor !== null, busy, loadMore }
}
