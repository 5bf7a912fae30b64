'use client'

import { useCallback, useLayoutEffect, useRef } from 'react'

/** What one can reach with the Tab key. */
export const FOCUSABLE =
  'a[href], button:not(:disabled), input:not(:disabled):not([type="hidden"]), select:not(:disabled), textarea:not(:disabled), [tabindex]:not([tabindex="-1"])'

let last: HTMLElement | null = null

/** For what stands in a menu, the button that opened the menu: the menu itself will be gone. */
function originOf(element: HTMLElement): HTMLElement {
  const opener = element.closest('[role="menu"]')?.getAttribute('aria-labelledby')
  return (opener ? document.getElementById(opener) : null) ?? element
}

if (typeof document !== 'undefined') {
  document.addEventListener('focusin', ({ target }) => {
    if (target instanceof HTMLElement && target !== document.body) last = originOf(target)
  })
}

/** True while nothing on the page has the focus. */
export const isFocusLost = () => document.activeElement === null || document.activeElement === document.body

const isVisible = (element: Element) => element.getClientRects().length > 0

/** The first thing inside, or the element itself, that is shown and can be reached. */
export function firstFocusable(root: Element): HTMLElement | null {
  const candidates = [root, ...root.querySelectorAll(FOCUSABLE)]
  return (
    candidates.find(
      (one): one is HTMLElement => one instanceof HTMLElement && one.matches(FOCUSABLE) && isVisible(one),
    ) ?? null
  )
}

/** Puts the focus at the beginning of what the page is about: its heading. */
export function focusPage(): void {
  const place = document.querySelector<HTMLElement>('main h1') ?? document.querySelector<HTMLElement>('main')
  if (!place) return
  if (!place.hasAttribute('tabindex')) place.tabIndex = -1
  place.focus({ preventScroll: true })
}

/** Gives the focus to the element; when that is gone, to the page's heading. */
export function giveFocus(element: HTMLElement | null): void {
  if (element?.isConnected && isVisible(element)) element.focus({ preventScroll: true })
  if (isFocusLost()) focusPage()
}

/** What had the focus last, as something to return to. */
export const lastFocused = (): HTMLElement | null => last

/**
 * For a dialog that no trigger of its own opens: hand what it answers to `onCloseAutoFocus`, and the focus goes back to
 * where it was when the dialog opened.
 */
export function useFocusReturn(open: boolean): (event: Event) => void {
  const origin = useRef<HTMLElement | null>(null)
  // Before the dialog takes the focus, which it does in an effect.
  useLayoutEffect(() => {
    if (open) origin.current = last
  }, [open])
  return useCallback((event: Event) => {
    event.preventDefault()
    giveFocus(origin.current)
  }, [])
}
