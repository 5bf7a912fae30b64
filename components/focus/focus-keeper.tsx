'use client'

import { usePathname } from 'next/navigation'
import { useEffect, useRef } from 'react'
import { FOCUSABLE, firstFocusable, focusPage, isFocusLost, lastFocused } from '@/components/ui/focus'

const ROW = 'li, tr'
/** The name of the button that was last used in a row, such as the one that opened its editor. */
const usedIn = new WeakMap<Element, string>()

/**
 * Nobody's focus gets lost: when a row goes away with it, the next one has it; when a button can no longer be pressed, the
 * one beside it; when another page came and nothing on it took it, its heading. One per page.
 */
export function FocusKeeper() {
  const path = usePathname()
  const seen = useRef(path)

  useEffect(() => {
    if (seen.current === path) return
    seen.current = path
    // After the effects of what the page shows: the composer takes it by itself.
    const frame = requestAnimationFrame(() => isFocusLost() && focusPage())
    return () => cancelAnimationFrame(frame)
  }, [path])

  useEffect(() => {
    let focused: Element | null = null
    const onFocus = ({ target }: FocusEvent) => {
      focused = target instanceof Element ? target : null
      // What is in a menu counts as the button that opened it.
      const origin = lastFocused()
      const row = origin?.closest(ROW)
      const name = origin?.getAttribute('aria-label')
      if (row && name && origin?.matches('button, a')) usedIn.set(row, name)
    }
    const observer = new MutationObserver((records) => {
      // What costs nothing first: while an answer streams this runs with every frame.
      if (!focused) return
      if (!focused.isConnected) {
        if (isFocusLost()) giveToHeir(records, focused)
        focused = null
      } else if (records.some(({ type, target }) => type === 'attributes' && target === focused)) keepOfButton(focused)
    })
    observer.observe(document.body, { childList: true, subtree: true, attributeFilter: ['disabled'] })
    document.addEventListener('focusin', onFocus)
    return () => {
      observer.disconnect()
      document.removeEventListener('focusin', onFocus)
    }
  }, [])
  return null
}

/** What was focused went away: its row, the next row, the one before or their list has the focus, whichever there is. */
function giveToHeir(records: readonly MutationRecord[], gone: Element) {
  const record = records.find(({ removedNodes }) => [...removedNodes].some((node) => node.contains(gone)))
  const parent = record?.target instanceof Element ? record.target : null
  if (!record || !(gone.closest(ROW) ?? parent?.closest(ROW))) return
  const row = parent?.closest(ROW)
  const candidates = [
    row && buttonNamed(row, usedIn.get(row)),
    row,
    elementAt(record.nextSibling, 'nextElementSibling'),
    elementAt(record.previousSibling, 'previousElementSibling'),
    parent?.closest('section, nav, ul, ol, table'),
  ]
  for (const candidate of candidates) {
    const heir = candidate?.isConnected ? firstFocusable(candidate) : null
    if (heir) return heir.focus({ preventScroll: true })
  }
  focusPage()
}

const buttonNamed = (row: Element, name: string | undefined): Element | null =>
  name === undefined ? null : row.querySelector(`[aria-label="${CSS.escape(name)}"]`)

const elementAt = (node: Node | null, side: 'nextElementSibling' | 'previousElementSibling'): Element | null =>
  node instanceof Element ? node : node instanceof CharacterData ? node[side] : null

/** A button that was disabled under the focus: busy ones get it back afterwards, others hand it to the button beside them. */
function keepOfButton(button: Element) {
  // The browser takes the focus away with the next frame only.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      if (!isFocusLost() || !button.isConnected) return
      if (button.matches(FOCUSABLE)) return focusOn(button)
      if (button.hasAttribute('aria-busy') || !button.closest(ROW)) return
      const beside = [...(button.parentElement?.children ?? [])].filter((one) => one.matches(FOCUSABLE))
      const after = beside.find((one) => button.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING)
      focusOn(after ?? beside.at(-1))
    }),
  )
}

const focusOn = (element: Element | undefined) =>
  element instanceof HTMLElement && element.focus({ preventScroll: true })
