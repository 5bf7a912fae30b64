'use client'

import { useCallback, useEffect, useRef, useState } from 'react'
import { messageOf, requestJson } from '@/components/api/request'
import { useShareQuery } from '@/components/evidence/evidence-share'

export interface EvidencePage {
  id: string
  mediaType: string
  bytes: number
  offset: number
  content: string
  encoding?: 'base64'
  nextOffset: number | null
}

const PAGE_BYTES = 64 * 1024
/** A chart is drawn from at most so much of a result. */
const CHART_PAGE_BYTES = 1024 * 1024
const MOST_CHART_BYTES = 4 * 1024 * 1024

const fetchPage = (id: string, share: string, offset: number, limit: number, signal?: AbortSignal) =>
  requestJson<EvidencePage>(`/api/evidence/${encodeURIComponent(id)}?offset=${offset}&limit=${limit}${share}`, {
    signal,
  })

type Pages = { text: string; nextOffset: number | null; loading: boolean; error: string | null; binary: boolean }

/** A tool's whole result, a page at a time. Nothing is fetched before `more` is called. */
export function useEvidencePages(id: string) {
  const [pages, setPages] = useState<Pages | null>(null)
  const share = useShareQuery()
  const busy = useRef(false)

  const more = useCallback(async () => {
    if (busy.current) return
    busy.current = true
    const before = pages ?? { text: '', nextOffset: 0, loading: true, error: null, binary: false }
    setPages({ ...before, loading: true, error: null })
    try {
      const page = await fetchPage(id, share, before.nextOffset ?? 0, PAGE_BYTES)
      const binary = page.encoding === 'base64'
      setPages({
        text: binary ? '' : before.text + page.content,
        nextOffset: binary ? null : page.nextOffset,
        loading: false,
        error: null,
        binary,
      })
    } catch (error) {
      setPages({ ...before, loading: false, error: messageOf(error) })
    } finally {
      busy.current = false
    }
  }, [id, share, pages])

  return { pages, more, close: useCallback(() => setPages(null), []) }
}

type Whole = { state: 'loading' } | { state: 'ready'; text: string } | { state: 'failed'; message: string }

/** Empty when the result is not text, or its beginning is not as wanted. */
async function fetchWhole(
  id: string,
  share: string,
  wants: (beginning: string) => boolean,
  signal: AbortSignal,
): Promise<string> {
  let text = ''
  let offset: number | null = 0
  while (offset !== null && offset < MOST_CHART_BYTES) {
    const page: EvidencePage = await fetchPage(id, share, offset, offset === 0 ? PAGE_BYTES : CHART_PAGE_BYTES, signal)
    if (page.encoding === 'base64' || (offset === 0 && !wants(page.content))) return ''
    text += page.content
    offset = page.nextOffset
  }
  return text
}

/** The whole text of a result whose beginning is as wanted, else an empty text. `wants` must not change. */
export function useWholeEvidence(id: string, wants: (beginning: string) => boolean): Whole {
  const [whole, setWhole] = useState<Whole>({ state: 'loading' })
  const share = useShareQuery()

  useEffect(() => {
    const controller = new AbortController()
    fetchWhole(id, share, wants, controller.signal)
      .then((text) => setWhole({ state: 'ready', text }))
      .catch((error: unknown) => {
        if (!controller.signal.aborted) setWhole({ state: 'failed', message: messageOf(error) })
      })
    return () => controller.abort()
  }, [id, share, wants])

  return whole
}
