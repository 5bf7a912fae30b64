import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import { AttachedChips } from '@/components/chat/attachments/attached-chips'
import type { TrayItem } from '@/components/chat/attachments/tray'

const base = { key: 'k', name: 'a.log', kind: 'text' as const, bytes: 1_200, isPasted: false }
const there = { id: 'att_1', name: 'a.log', mediaType: 'text/plain', kind: 'text' as const, bytes: 1_200 }
const never = () => {}
const drawn = (item: TrayItem, takesImages = true) =>
  renderToStaticMarkup(
    <AttachedChips items={[item]} takesImages={takesImages} onRetry={never} onRemove={never} onTakeText={never} />,
  )

describe('a chip', () => {
  it('tells how far its file is, and that it is there', () => {
    const sending = drawn({ ...base, state: 'uploading', progress: 0.42 })
    expect(sending).toContain('1.2 kB, sending 42 %')
    expect(sending).toContain('aria-valuenow="42"')
    const ready = drawn({ ...base, state: 'ready', file: there })
    expect(ready).toContain('1.2 kB')
    expect(ready).not.toContain('progressbar')
    for (const chip of [sending, ready]) expect(chip).toContain('aria-label="Remove a.log"')
  })

  it('tells why its file is not there, and offers another try only when it may help', () => {
    const failed = { ...base, state: 'failed' as const, message: 'The server cannot be reached.' }
    expect(drawn({ ...failed, again: true })).toContain('aria-label="Try a.log again"')
    expect(drawn({ ...failed, again: false })).not.toContain('Try a.log again')
    expect(drawn({ ...failed, again: false })).toContain('The server cannot be reached.')
  })

  it('of an image says when the chosen model takes none', () => {
    const image: TrayItem = { ...base, kind: 'image', state: 'ready', file: { ...there, kind: 'image' } }
    expect(drawn(image, false)).toContain('The chosen model takes no images.')
    expect(drawn(image, true)).not.toContain('takes no images')
  })

  it('of a pasted text can be put back', () => {
    expect(drawn({ ...base, isPasted: true, state: 'ready', file: there })).toContain('Put it back as text')
    expect(drawn({ ...base, state: 'ready', file: there })).not.toContain('Put it back as text')
  })
})
