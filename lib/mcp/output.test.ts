import { describe, expect, it } from 'vitest'
import { cutText, readOutput } from '@/lib/mcp/output'

const read = (content: unknown, more: Record<string, unknown> = {}, maxBytes = 1000) =>
  readOutput({ content, ...more }, maxBytes)

describe('readOutput', () => {
  it('normalises base64 however it was written', () => {
    const bytes = Buffer.from([251, 255, 254, 1])
    const written = [
      bytes.toString('base64'),
      bytes.toString('base64url'),
      `data:image/png;base64,${bytes.toString('base64')}`,
      '-_\n/+ AQ',
    ]
    const { content } = read(written.map((data) => ({ type: 'image', data, mimeType: 'Image/PNG; q=1' })))
    expect(content.slice(0, 3)).toEqual(Array(3).fill({ type: 'binary', base64: '+//+AQ==', mediaType: 'image/png' }))
    expect(content[3]).toMatchObject({ base64: '+//+AQ==' })
  })

  it('says that content is no base64 instead of passing it off as such', () => {
    const { content } = read([{ type: 'image', data: '\u0089PNG raw bytes', mimeType: 'image/png' }])
    expect(content).toEqual([
      {
        type: 'text',
        mediaType: 'text/plain',
        text: '[image/png content was left out: the server did not send it as base64]',
      },
    ])
  })

  it('keeps unknown and malformed blocks as JSON', () => {
    const { content } = read([{ type: 'hologram', depth: 3 }, null, 'bare', { type: 'text', text: 5 }])
    expect(content.map((block) => block.type === 'text' && block.text)).toEqual([
      '{"type":"hologram","depth":3}',
      '{"value":null}',
      '{"value":"bare"}',
      '{"type":"text","text":5}',
    ])
    expect(read(undefined)).toEqual({ content: [], cut: false })
  })

  it('does not believe a media type that is none', () => {
    const resource = { uri: 'a:b', text: 'x', mimeType: 'text/html\r\nX-Evil: 1' }
    expect(read([{ type: 'resource', resource }]).content[0]).toMatchObject({ mediaType: 'text/plain' })
  })

  it('cuts text at the bound, at a character, and leaves out what does not fit', () => {
    const image = { type: 'image', data: 'A'.repeat(400), mimeType: 'image/png' }
    const { content, cut } = read([{ type: 'text', text: 'é'.repeat(20) }, image, { type: 'text', text: 'z' }], {}, 31)
    expect(cut).toBe(true)
    expect(content).toEqual([{ type: 'text', mediaType: 'text/plain', text: 'é'.repeat(15) }])
    expect(cutText('a😀', 4)).toBe('a')
  })

  it('leaves out structured content beyond the bound', () => {
    expect(read([], { structuredContent: { a: 'x'.repeat(2000) } })).toEqual({ content: [], cut: true })
  })
})
