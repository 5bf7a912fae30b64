'use client'

import { type RefObject, useEffect, useLayoutEffect } from 'react'

/** Keeps a field as tall as its text, up to what the style allows; another width breaks the lines elsewhere. */
export function useGrowing(area: RefObject<HTMLTextAreaElement | null>, text: string) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text is what changes the height
  useLayoutEffect(() => adjust(area.current), [area, text])
  useEffect(() => {
    const onResize = () => adjust(area.current)
    window.addEventListener('resize', onResize)
    return () => window.removeEventListener('resize', onResize)
  }, [area])
}

function adjust(element: HTMLTextAreaElement | null) {
  if (!element) return
  element.style.height = 'auto'
  element.style.height = `${element.scrollHeight}px`
}
