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
const NOTES = ['[^1]: n\n', '[^1]', '[^', ': m', '\n[^b]: ', '    more\n', '\n    more', '---\n']

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
    const pieces = fc.array(fc.constantFrom(...PIECES, ...MORE, ...NOTES), { maxLength: 40 })
    fc.assert(
      fc.property(pieces, (cut) => {
        const { text, blocks } = grown(cut)
        const whole = readBlocks(text)
        expect(blocks.raws).toEqual(whole.raws)
        expect(blocks.notes).toEqual(whole.notes)
        expect(blocks.raws.join('').trim()).toBe(text.trim())
      }),
      { numRuns: 4_000 },
    )
  })

  it('stay the same objects of text, so that only the last are drawn anew', () => {
    const before = readBlocks('one\n\ntwo\n\nthree\n\nfour')
    const after = readBlocks('one\n\ntwo\n\nthree\n\nfour and more', before)
    expect(after.raws).toEqual(['one\n\n', 'two\n\n', 'three\n\n', 'four and more'])
    expect(after.links).toBe(before.links)
    expect(after.notes).toBe(before.notes)
  })

  it('that are footnotes keep their names while what they say grows', () => {
    const before = readBlocks('one[^a]\n\n[^a]: first\n[^b]: sec')
    const after = readBlocks('one[^a]\n\n[^a]: first\n[^b]: second', before)
    expect(after.raws).toEqual(['one[^a]\n\n', '[^a]: first\n', '[^b]: second'])
    expect(after.notes).toEqual(['a', 'b'])
    expect(after.notes).toBe(before.notes)
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
    ['footnotes without end', '[^a]: b\n'.repeat(5_000)],
    ['marks of footnotes', '[^a]'.repeat(10_000)],
    ['a footnote of blank lines', `[^a]: b${'\n \n    c'.repeat(10_000)}`],
    ['paragraphs that may hold a footnote', 'a\n[^\n\n'.repeat(5_000)],
    ['tags that never close', '<b '.repeat(10_000)],
  ])('%s are read before anybody gives up, and nothing of them is lost', (_name, text) => {
    const { raws, links } = readBlocks(text)
    expect(raws.join('')).toBe(text)
    for (const raw of raws) readTokens(raw, links)
  })
})
