'use client'

import { type DragEvent, useRef, useState } from 'react'

const hasFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files')

/** What takes dropped files, for the pointer only: the keyboard has a button beside it. Inside of another the inner one has them. */
export function useFileDrop(onFiles: ((files: readonly File[]) => void) | null) {
  const [isOver, setOver] = useState(false)
  /** Every child that is entered and left tells so. */
  const depth = useRef(0)

  const enter = (event: DragEvent, change: number) => {
    if (!hasFiles(event)) return
    event.preventDefault()
    depth.current = Math.max(0, depth.current + change)
    setOver(depth.current > 0)
  }
  const onDrop = (event: DragEvent) => {
    if (!hasFiles(event)) return
    const isTaken = event.isDefaultPrevented()
    // Else the browser would leave the page for the file.
    event.preventDefault()
    depth.current = 0
    setOver(false)
    if (!isTaken) onFiles?.([...event.dataTransfer.files])
  }

  const handlers = {
    onDragEnter: (event: DragEvent) => enter(event, 1),
    onDragLeave: (event: DragEvent) => enter(event, -1),
    onDragOver: (event: DragEvent) => hasFiles(event) && event.preventDefault(),
    onDrop,
  }
  return { isOver, handlers }
}
