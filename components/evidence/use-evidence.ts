'use client'

import { useCallback, useEffect, useRef, useState } from 'react'
import { messageOf, requestJson } from '@/components/api/request'
import { useShareQuery } from '@/components/evidence/evidence-share'
import type { ToolOutput } from '@/lib/agent/events'

export interface EvidencePage {
  id: string
  mediaType: string
  bytes: number
  offset: number
  content: string
  encoding?: 'base64'
  nextOffset: number | null
}

const PAGE_BYTES = 1024 * 1024
/** So much is fetched without being asked for. */
const UNASKED_BYTES = 4 * 1024 * 1024
/** More than this is not held in the page. */
export const MOST_BYTES = 16 * 1024 * 1024

/** Where the fetching of a whole result stands. */
export type Whole =
  | { state: 'preview' }
  | { state: 'loading'; received: number }
  | { state: 'ready'; text: string; complete: boolean }
  | { state: 'binary' }
  | { state: 'failed'; message: string }

async function fetchWhole(
  id: string,
  share: string,
  signal: AbortSignal,
  onProgress: (received: number) => void,
): Promise<Whole> {
  const parts: string[] = []
  let offset: number | null = 0
  while (offset !== null && offset < MOST_BYTES) {
    const page: EvidencePage = await requestJson<EvidencePage>(
      `/api/evidence/${encodeURIComponent(id)}?offset=${offset}&limit=${PAGE_BYTES}${share}`,
      { signal },
    )
    if (page.encoding === 'base64') return { state: 'binary' }
    parts.push(page.content)
    offset = page.nextOffset
    onProgress(offset ?? page.bytes)
  }
  return { state: 'ready', text: parts.join(''), complete: offset === null }
}

/** Whether the preview is not the result itself: cut, or the same in words for the model. */
export const isPartial = (output: ToolOutput) =>
  output.truncated || new TextEncoder().encode(output.preview).length !== output.bytes

/** A tool's whole result in pages: JSON of moderate size at once, the rest when asked; bounded, and it can be cancelled. */
export function useWholeEvidence(output: ToolOutput) {
  const [whole, setWhole] = useState<Whole>({ state: 'preview' })
  const share = useShareQuery()
  const controller = useRef<AbortController | null>(null)
  const { evidenceId } = output

  const start = useCallback(() => {
    controller.current?.abort()
    const current = new AbortController()
    controller.current = current
    setWhole({ state: 'loading', received: 0 })
    const progress = (received: number) => {
      if (!current.signal.aborted) setWhole({ state: 'loading', received })
    }
    fetchWhole(evidenceId, share, current.signal, progress)
      .then((found) => {
        if (!current.signal.aborted) setWhole(found)
      })
      .catch((error: unknown) => {
        if (!current.signal.aborted) setWhole({ state: 'failed', message: messageOf(error) })
      })
  }, [evidenceId, share])

  const cancel = useCallback(() => {
    controller.current?.abort()
    setWhole({ state: 'preview' })
  }, [])

  const unasked = isPartial(output) && /json/.test(output.mediaType) && output.bytes <= UNASKED_BYTES
  useEffect(() => {
    if (unasked) start()
    return () => controller.current?.abort()
  }, [unasked, start])

  return { whole, start, cancel }
}
