import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Blocks, readBlocks, readTokens } from '@/components/markdown/blocks'

const PIECES = [
  '1. a\n',
  '2',
  '. b\n',
  '\n',
  '\n\n',
  '- x',
  '  y\n',
  '```',
  'js\n',
  '|a|b|\n',
  '|-|-|\n',
  '|1|2|\n',
  '> q',
  '# h\n',
]
const MORE = ['text', ' ', '===\n', '[d]: https://a.test\n', '[x][d]', '<b>', '</b>\n', '    code\n', '* * *\n', '&lt;']

/** The blocks as a reader of the growing text has them. */
function grown(pieces: readonly string[]): { text: string; blocks: Blocks } {
  let text = ''
  let blocks = readBlocks('')
  for (const piece of pieces) {
    text += piece
    blocks = readBlocks(text, blocks)
  }
  return { text, blocks }
}

describe('the blocks of a growing text', () => {
  it('are those of the whole text, wherever it was cut', () => {
    const pieces = fc.array(fc.constantFrom(...PIECES, ...MORE), { maxLength: 40 })
    fc.assert(
      fc.property(pieces, (cut) => {
        const { text, blocks } = grown(cut)
        expect(blocks.raws).toEqual(readBlocks(text).raws)
        expect(blocks.raws.join('').trim()).toBe(text.trim())
      }),
      { numRuns: 2_000 },
    )
  })

  it('stay the same objects of text, so that only the last are drawn anew', () => {
    const before = readBlocks('one\n\ntwo\n\nthree\n\nfour')
    const after = readBlocks('one\n\ntwo\n\nthree\n\nfour and more', before)
    expect(after.raws).toEqual(['one\n\n', 'two\n\n', 'three\n\n', 'four and more'])
    expect(after.links).toBe(before.links)
  })

  it('are read anew when the text is another one', () => {
    expect(readBlocks('a\n\nb', readBlocks('c\n\nd\n\ne\n\nf')).raws).toEqual(['a\n\n', 'b'])
  })
})

describe('hostile texts', () => {
  it.each([
    ['deep quotes', '>'.repeat(20_000)],
    ['deep lists', Array.from({ length: 100 }, (_, depth) => `${'  '.repeat(depth)}- x`).join('\n')],
    ['open brackets', '['.repeat(20_000)],
    ['stars', '*a '.repeat(10_000)],
    ['underscores and ticks', '_`'.repeat(10_000)],
    ['a very wide table', `|${'a|'.repeat(2_000)}\n|${'-|'.repeat(2_000)}\n|${'1|'.repeat(2_000)}`],
    ['tags that never close', '<b '.repeat(10_000)],
  ])('%s are read before anybody gives up, and nothing of them is lost', (_name, text) => {
    const { raws, links } = readBlocks(text)
    expect(raws.join('')).toBe(text)
    for (const raw of raws) readTokens(raw, links)
  })
})
