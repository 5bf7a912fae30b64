import { createContext } from 'react'

/** Whether the block around is still being written. */
export const GrowingContext = createContext(false)
