'use client'

import { createContext, useContext } from 'react'

export type Step = 'previous' | 'next'

/** Which version of a conversation this page shows. Looking at an earlier one changes nothing for anybody. */
export interface Versions {
  /** A message of the earlier version that is looked at; null: the current thread is shown. */
  looking: string | null
  /** Shows the version that a message is in, and the message. By a step of the switch the focus goes along. */
  show: (messageId: string, step?: Step) => void
  /** Back to the current thread: to the message that the address names, or, `atEnd`, to its end. */
  leave: (atEnd: boolean) => void
  /** The step that has just led to this message, once. */
  takeStep: (messageId: string) => Step | null
  /** One came to this message by the switch, and knows where it is. */
  isStepped: (messageId: string) => boolean
}

const NONE: Versions = {
  looking: null,
  show: () => {},
  leave: () => {},
  takeStep: () => null,
  isStepped: () => false,
}

export const VersionsContext = createContext<Versions>(NONE)

export const useVersions = () => useContext(VersionsContext)
