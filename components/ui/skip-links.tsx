'use client'

import { createContext, type ReactNode, use, useState } from 'react'
import { createPortal } from 'react-dom'

const PlaceContext = createContext<HTMLElement | null>(null)

/** At the beginning of the page, the ways past what is on every page: to the content, and to what parts of it add by `SkipTo`. */
export function SkipLinks({ children }: { children: ReactNode }) {
  const [place, setPlace] = useState<HTMLElement | null>(null)
  return (
    <PlaceContext value={place}>
      <SkipLink to="main">Skip to the content</SkipLink>
      <div ref={setPlace} className="contents" />
      {children}
    </PlaceContext>
  )
}

/** Adds a way to the element of this id, as long as the component stands. */
export function SkipTo({ id, children }: { id: string; children: ReactNode }) {
  const place = use(PlaceContext)
  return place && createPortal(<SkipLink to={id}>{children}</SkipLink>, place)
}

function SkipLink({ to, children }: { to: string; children: ReactNode }) {
  return (
    <a
      href={`#${to}`}
      className="fixed top-2 left-2 z-50 -translate-y-16 rounded-md bg-raised px-3 py-2 text-sm shadow-float focus:translate-y-0"
    >
      {children}
    </a>
  )
}
