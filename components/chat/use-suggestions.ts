'use client'

import { useEffect, useState } from 'react'
import { requestJson } from '@/components/api/request'
import type { Suggestion } from '@/lib/mcp/suggest'

/** Questions to begin with, as the server knows them now; none while it is asked, or when it cannot be. */
export function useSuggestions(organisationId: string): Suggestion[] {
  const [suggestions, setSuggestions] = useState<Suggestion[]>([])
  useEffect(() => {
    const ended = new AbortController()
    requestJson<{ suggestions: Suggestion[] }>(`/api/suggestions?org=${encodeURIComponent(organisationId)}`, {
      signal: ended.signal,
    }).then(
      (answer) => !ended.signal.aborted && setSuggestions(answer.suggestions),
      // Nothing is wrong without them.
      () => undefined,
    )
    return () => ended.abort()
  }, [organisationId])
  return suggestions
}
