'use client'

import { useCallback, useSyncExternalStore } from 'react'
import type { Happening } from '@/components/chat/live/happenings'
import { storageKey } from '@/components/site'
import { readStored, useStoredFlag } from '@/components/ui/use-stored'

/** What this browser may notify of. */
export type NotificationKind = Happening['kind']

const KEYS: Record<NotificationKind, string> = {
  ended: storageKey('notify-ended'),
  waits: storageKey('notify-approvals'),
}

const permissionNow = (): NotificationPermission | 'unsupported' =>
  typeof Notification === 'undefined' ? 'unsupported' : Notification.permission

const listeners = new Set<() => void>()
const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Whether this browser notifies of such things while no tab is seen; it is asked for by a person's click only. */
export function useNotifications(kind: NotificationKind) {
  const [wanted, setWanted] = useStoredFlag(KEYS[kind])
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
export const wantsNotificationOf = (kind: NotificationKind) =>
  readStored(KEYS[kind]) === '1' && permissionNow() === 'granted'
