'use client'

import { useRouter } from 'next/navigation'
import { useEffect, useState } from 'react'
import { Confirm } from '@/components/ui/confirm'
import { withoutBasePath } from '@/lib/base-path'

/** What has been typed and not saved, by the form that holds it. */
const unsaved = new Set<symbol>()
let ask: ((proceed: () => void) => void) | null = null

/** Marks that leaving now would lose something, as long as `isUnsaved` holds and the component stands. */
export function useUnsaved(isUnsaved: boolean): void {
  useEffect(() => {
    if (!isUnsaved) return
    const key = Symbol('unsaved')
    unsaved.add(key)
    return () => {
      unsaved.delete(key)
    }
  }, [isUnsaved])
}

/** Does what leaves the page or closes a form: at once, or after asking when something is unsaved. */
export function leaving(proceed: () => void): void {
  if (unsaved.size === 0 || !ask) proceed()
  else ask(proceed)
}

/** The parts of the browser's Navigation API that are used; TypeScript does not know it yet. */
interface NavigateEvent extends Event {
  navigationType: 'push' | 'replace' | 'reload' | 'traverse'
  destination: { key: string; sameDocument: boolean }
}
interface Navigation extends EventTarget {
  traverseTo(key: string): { committed: Promise<unknown>; finished: Promise<unknown> }
}

/**
 * Asks before unsaved things are left by a link, by `leaving`, by the browser's back button (where it has the
 * Navigation API) or by closing the tab. One per page.
 */
export function UnsavedGuard() {
  const router = useRouter()
  const [waiting, setWaiting] = useState<{ proceed: () => void } | null>(null)

  useEffect(() => {
    ask = (proceed) => setWaiting({ proceed })
    const onClick = (event: MouseEvent) => {
      const path = unsaved.size > 0 ? pathOfClick(event) : null
      if (path === null) return
      event.preventDefault()
      event.stopPropagation()
      setWaiting({ proceed: () => router.push(path) })
    }
    const onUnload = (event: BeforeUnloadEvent) => {
      if (unsaved.size > 0) event.preventDefault()
    }
    const navigation = 'navigation' in window ? (window.navigation as unknown as Navigation) : null
    const onNavigate = (event: Event) => {
      const { navigationType, destination, cancelable } = event as NavigateEvent
      if (navigationType !== 'traverse' || !destination.sameDocument || !cancelable || unsaved.size === 0) return
      event.preventDefault()
      const { key } = destination
      setWaiting({
        proceed: () => {
          const { committed, finished } = navigation?.traverseTo(key) ?? {}
          for (const promise of [committed, finished]) promise?.catch(() => undefined)
        },
      })
    }
    window.addEventListener('click', onClick, true)
    window.addEventListener('beforeunload', onUnload)
    navigation?.addEventListener('navigate', onNavigate)
    return () => {
      ask = null
      window.removeEventListener('click', onClick, true)
      window.removeEventListener('beforeunload', onUnload)
      navigation?.removeEventListener('navigate', onNavigate)
    }
  }, [router])

  return (
    <Confirm
      open={waiting !== null}
      onOpenChange={(open) => !open && setWaiting(null)}
      title="Leave without saving?"
      description="What you typed here is not saved."
      action="Leave"
      keep="Stay here"
      onConfirm={() => {
        unsaved.clear()
        setWaiting(null)
        waiting?.proceed()
      }}
    />
  )
}

/** Where a plain click on a link of this site leads; null when it opens elsewhere or stays on the page. */
function pathOfClick(event: MouseEvent): string | null {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null
  const anchor = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[href]') : null
  if (!anchor || anchor.hasAttribute('download') || (anchor.target && anchor.target !== '_self')) return null
  const { origin, pathname, search } = new URL(anchor.href)
  if (origin !== window.location.origin) return null
  return pathname + search === window.location.pathname + window.location.search
    ? null
    : withoutBasePath(pathname) + search
}
