'use client'

import { createContext, useContext } from 'react'

/** What a message may ask of the thread that it is in. */
export interface ThreadControls {
  /** To the end, and follow it. */
  jump: () => void
}

export const ThreadContext = createContext<ThreadControls>({ jump: () => undefined })

export const useThread = () => useContext(ThreadContext)
