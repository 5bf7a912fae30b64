'use client'

import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useRef } from 'react'
import { Group } from '@/components/ui/group'

/** Rows of one scrolling frame, of which only the visible ones exist. Their heights may differ. */
export function VirtualList({
  count,
  label,
  rowHeight,
  children,
}: {
  count: number
  label: string
  rowHeight: number
  children: (index: number) => ReactNode
}) {
  const frame = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => frame.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  })
  if (count === 0) return null
  return (
    <Group
      ref={frame}
      label={label}
      // What scrolls must be reachable by keyboard.
      tabIndex={0}
      className="max-h-80 overflow-auto rounded-md border border-line bg-sunken font-mono text-xs leading-relaxed"
    >
      <div className="relative w-full" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => (
          <div
            key={item.key}
            ref={virtual.measureElement}
            data-index={item.index}
            className="absolute top-0 left-0 w-full"
            style={{ transform: `translateY(${item.start}px)` }}
          >
            {children(item.index)}
          </div>
        ))}
      </div>
    </Group>
  )
}
