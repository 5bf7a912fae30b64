'use client'

import { useMemo } from 'react'
import { splitLines } from '@/components/evidence/lines'
import { visibleText } from '@/components/evidence/read-value'
import { VirtualList } from '@/components/evidence/virtual-list'

/** A text as it is, however long. */
export default function RawView({ text }: { text: string }) {
  const rows = useMemo(() => splitLines(text), [text])
  return (
    <VirtualList count={rows.length} label="Raw result" rowHeight={20}>
      {(index) => (
        <div className="px-3 [overflow-wrap:anywhere] whitespace-pre-wrap">{visibleText(rows[index] ?? '') || ' '}</div>
      )}
    </VirtualList>
  )
}
