'use client'

import { createContext, type ReactNode, use, useEffect, useState } from 'react'

/** What parts of the page lend to the commands while they stand. */
export interface ConversationControls {
  /** Scrolls to the end of the thread. */
  jumpToLatest: () => void
  focusComposer: () => void
  /** There while something can be stopped. */
  stop: () => void
  model: {
    /** Null: the organisation's default. */
    chosen: string | null
    choose: (model: string | null) => void
  }
}

type Name = keyof ConversationControls
export type Lent = Partial<ConversationControls>

const LentContext = createContext<Lent | null>(null)

/** Holds what is lent. It changes without a render: whoever needs it looks when it is needed. */
export function ControlsProvider({ lent, children }: { lent: Lent; children: ReactNode }) {
  return <LentContext value={lent}>{children}</LentContext>
}

/** Makes the place for `ControlsProvider`. */
export const useLentControls = (): Lent => useState<Lent>({})[0]

/** Lends a control for as long as the component stands; null: it cannot be used now. */
export function useControl<K extends Name>(name: K, control: ConversationControls[K] | null): void {
  const lent = use(LentContext)
  useEffect(() => {
    if (!lent || control === null) return
    lent[name] = control
    return () => {
      if (lent[name] === control) delete lent[name]
    }
  }, [lent, name, control])
}
