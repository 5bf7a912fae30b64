import { describe, expect, it } from 'vitest'
import { joinFrames } from '@/lib/models/join-frames'

const frame = (delta: object, more: object = {}) =>
  `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta, finish_reason: null }], ...more })}\n\n`
const joined = (...texts: string[]) => joinFrames(Buffer.from(texts.join(''))).toString()

/** What a reader of the events gets: all that is not text, and the text. */
function read(text: string) {
  const events = text
    .split('\n\n')
    .filter((piece) => piece.startsWith('data: {'))
    .map((piece) => JSON.parse(piece.slice(6)))
  const content = events.map(({ choices }) => choices[0]?.delta.content ?? '').join('')
  return { events: events.length, content }
}

describe('joining the events of an answer', () => {
  it('makes one of neighbours that differ in their text only, whatever the text', () => {
    const texts = ['a', ' "quoted" \\', '\\"', 'ü😀', '\n\n', 'data: {"delta":{"content":"', '\u0000', '']
    expect(read(joined(...texts.map((content) => frame({ content }))))).toEqual({ events: 1, content: texts.join('') })
    expect(joined(frame({ reasoning_content: 'a' }), frame({ reasoning_content: 'b' }))).toBe(
      frame({ reasoning_content: 'ab' }),
    )
  })

  it('leaves every other event as it is and where it is', () => {
    const parts = [
      frame({ content: 'a' }),
      frame({ reasoning_content: 'b' }),
      frame({ content: 'c', tool_calls: [] }),
      frame({ tool_calls: [{ index: 0, function: { arguments: '{' } }] }),
      frame({ content: 'd' }, { usage: { total_tokens: 1 } }),
      frame({ content: 'e' }, { id: 'another' }),
      frame({ content: 'f', reasoning_content: 'g' }),
      frame({ content: 'h', reasoning_content: 'g' }),
      ': a comment\n\n',
      'event: x\ndata: {"delta":{"content":"i"}}\n\n',
      'data: {"delta":{"content":"j"}}\ndata: more\n\n',
      'data: {"delta":{"content":"never ended\n\n',
      'data: [DONE]\n\n',
    ]
    expect(joined(...parts)).toBe(parts.join(''))
  })

  it('gives the same text however the bytes of an answer are cut', () => {
    const texts = ['Grüße ', 'an ', '😀', '"alle"', ' \\ ', 'hier']
    const bytes = Buffer.from(`${texts.map((content) => frame({ content })).join('')}data: [DONE]\n\n`)
    for (let first = 0; first <= bytes.length; first += 7) {
      for (let second = first; second <= bytes.length; second += 13) {
        const pieces = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)]
        const text = Buffer.concat(pieces.map(joinFrames)).toString()
        expect(read(text).content).toBe(texts.join(''))
        expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
      }
    }
  })
})
