'use client'

import { useCallback, useSyncExternalStore } from 'react'
import { useStoredFlag } from '@/components/ui/use-stored'

const KEY = 'longwatch:notify-approvals'

const permissionNow = (): NotificationPermission | 'unsupported' =>
  typeof Notification === 'undefined' ? 'unsupported' : Notification.permission

const listeners = new Set<() => void>()
const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Whether this browser tells of approvals while the page is hidden; it is asked for by a person's click only. */
export function useApprovalNotifications() {
  const [wanted, setWanted] = useStoredFlag(KEY)
  const permission = useSyncExternalStore(subscribe, permissionNow, () => 'unsupported' as const)
  const turnOn = useCallback(async () => {
    if (permissionNow() === 'unsupported') return
    const answer = await Notification.requestPermission()
    setWanted(answer === 'granted')
    for (const listener of listeners) listener()
  }, [setWanted])
  const turnOff = useCallback(() => setWanted(false), [setWanted])
  return { permission, isOn: wanted && permission === 'granted', turnOn, turnOff }
}

/** As kept, for code outside of components; another tab may have changed it. */
export function wantsNotifications(): boolean {
  try {
    return localStorage.getItem(KEY) === '1' && permissionNow() === 'granted'
  } catch {
    return false
  }
}
