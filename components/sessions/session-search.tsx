'use client'

import { ListFilter as FilterIcon, Search, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useClient } from '@/components/chat/live'
import type { SessionSummary } from '@/components/chat/live/types'
import { LIST_FILTERS, type ListFilter } from '@/components/sessions/grouping'
import { Menu, MenuContent, MenuRadioGroup, MenuRadioItem, MenuTrigger } from '@/components/ui/menu'
import { toastError } from '@/components/ui/toaster'

const WORDS: Record<ListFilter, string> = {
  all: 'All sessions',
  mine: 'My own',
  organisation: 'The organisation’s',
  archived: 'Archived',
}
/** Typing settles before the server is asked. */
const PAUSE = 200

/** Finds sessions by their titles, and chooses which are listed. */
export function SessionSearch({
  organisationId,
  filter,
  onFilter,
  onFound,
}: {
  organisationId: string
  filter: ListFilter
  onFilter: (filter: ListFilter) => void
  /** Null: nothing is searched for. */
  onFound: (sessions: SessionSummary[] | null) => void
}) {
  const client = useClient()
  const [text, setText] = useState('')

  useEffect(() => {
    const wanted = text.trim()
    if (wanted === '') return onFound(null)
    let ended = false
    const timer = setTimeout(() => {
      client.loadSessions(organisationId, { q: wanted }).then(
        ({ sessions }) => !ended && onFound(sessions),
        (error: unknown) => !ended && toastError('Not searched', error),
      )
    }, PAUSE)
    return () => {
      ended = true
      clearTimeout(timer)
    }
  }, [text, client, organisationId, onFound])

  return (
    <div className="flex gap-1 px-2 pb-1">
      <div className="relative min-w-0 flex-1">
        <Search size={14} aria-hidden className="pointer-events-none absolute inset-y-0 left-2.5 my-auto text-faint" />
        <input
          type="search"
          aria-label="Search the titles"
          data-testid="session-search"
          placeholder="Search titles"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => event.key === 'Escape' && text !== '' && setText('')}
          className="h-8 w-full rounded-md border border-line bg-surface pr-7 touch:pr-10 pl-8 text-base sm:text-sm [&::-webkit-search-cancel-button]:hidden"
        />
        {text !== '' && (
          <button
            type="button"
            aria-label="End the search"
            onClick={() => setText('')}
            className="absolute top-1 right-1 touch:top-0 touch:right-0 inline-flex size-6 items-center justify-center rounded-sm text-faint hover:text-ink"
          >
            <X size={14} aria-hidden />
          </button>
        )}
      </div>
      <Menu>
        <MenuTrigger
          aria-label={`Listed: ${WORDS[filter]}`}
          title={WORDS[filter]}
          data-testid="session-filter"
          data-filter={filter}
          className={`inline-flex size-8 shrink-0 items-center justify-center rounded-md border border-line hover:bg-hover ${filter === 'all' ? 'text-faint' : 'bg-selected text-accent'}`}
        >
          <FilterIcon size={15} aria-hidden />
        </MenuTrigger>
        <MenuContent align="end">
          <MenuRadioGroup value={filter} onValueChange={(value) => onFilter(value as ListFilter)}>
            {LIST_FILTERS.map((one) => (
              <MenuRadioItem key={one} value={one}>
                {WORDS[one]}
              </MenuRadioItem>
            ))}
          </MenuRadioGroup>
        </MenuContent>
      </Menu>
    </div>
  )
}
