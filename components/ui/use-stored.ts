'use client'

import { useCallback, useState, useSyncExternalStore } from 'react'

const read = (key: string): string | null => {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

/** Writes or, with null, removes a key of local storage; a browser that forbids it is left alone. */
export function store(key: string, value: string | null) {
  try {
    if (value === null) localStorage.removeItem(key)
    else localStorage.setItem(key, value)
  } catch {
    // Full or forbidden: what was to be kept lasts as long as the page.
  }
}

export const readStored = read

/** The stored keys that begin so. */
export function storedKeys(prefix: string): string[] {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(prefix))
  } catch {
    return []
  }
}

const never = () => () => {}

/** A yes or no that this browser keeps. False while the server renders. */
export function useStoredFlag(key: string): [boolean, (value: boolean) => void] {
  const [chosen, setChosen] = useState<boolean | null>(null)
  const stored = useSyncExternalStore(
    never,
    () => read(key) === '1',
    () => false,
  )
  const set = useCallback(
    (value: boolean) => {
      store(key, value ? '1' : null)
      setChosen(value)
    },
    [key],
  )
  return [chosen ?? stored, set]
}
