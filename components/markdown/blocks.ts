import { Lexer, type Links, type Token } from 'marked'
import { FOOTNOTES, noteOf } from '@/components/markdown/notes'

/** A text in the blocks that it is drawn in, and the addresses that its references name. */
export interface Blocks {
  text: string
  raws: readonly string[]
  links: Links
  /** The names of the blocks that are footnotes, in their order. */
  notes: readonly string[]
}

const OPTIONS = { gfm: true, extensions: FOOTNOTES }
const NONE: Blocks = { text: '', raws: [], links: {}, notes: [] }

/** So many of a grown text's last blocks may still change: `2` is a paragraph until `2. b` joins the list before it. */
const UNSETTLED = 2

/** Up to where the blocks of a text stand, whatever is written behind it. */
function settledIn(raws: readonly string[]): number {
  for (let index = raws.length - UNSETTLED - 1; index >= 0; index -= 1) {
    if (raws[index]?.endsWith('\n\n')) return index + 1
  }
  return 0
}

/** The lexer's blocks, blank lines with the block before them. What it cannot read is one block. */
function lexBlocks(text: string): Pick<Blocks, 'raws' | 'links'> {
  const lexer = new Lexer(OPTIONS)
  const raws: string[] = []
  try {
    for (const { type, raw } of lexer.blockTokens(text, [])) {
      if (type === 'space' && raws.length > 0) raws[raws.length - 1] += raw
      else raws.push(raw)
    }
  } catch {
    return { raws: [text], links: {} }
  }
  return { raws, links: lexer.tokens.links }
}

/** The blocks of a text; where it goes on from the text of `before`, only its end is looked at. */
export function readBlocks(given: string, before: Blocks = NONE): Blocks {
  const text = given.includes('\r') ? given.replace(/\r\n|\r/g, '\n') : given
  if (text === before.text) return before
  const kept = text.startsWith(before.text) ? before.raws.slice(0, settledIn(before.raws)) : []
  const from = kept.reduce((length, raw) => length + raw.length, 0)
  const { raws, links } = lexBlocks(text.slice(from))
  const named = Object.keys(links)
  const all = kept.length === 0 ? raws : [...kept, ...raws]
  const notes = notesIn(all, before.notes)
  if (kept.length === 0) return { text, raws, links, notes }
  const isKnown = named.every((name) => Object.hasOwn(before.links, name))
  return { text, raws: all, links: isKnown ? before.links : { ...links, ...before.links }, notes }
}

/** The same list as before, when it is: whoever reads it then draws nothing anew. */
function notesIn(raws: readonly string[], before: readonly string[]): readonly string[] {
  const notes = raws.flatMap((raw) => noteOf(raw) ?? [])
  return notes.length === before.length && notes.every((name, index) => name === before[index]) ? before : notes
}

/** What one block says, with its references resolved; null when it cannot be read. */
export function readTokens(raw: string, links: Links): Token[] | null {
  const lexer = new Lexer(OPTIONS)
  Object.assign(lexer.tokens.links, links)
  try {
    return lexer.lex(raw)
  } catch {
    return null
  }
}

const SAMPLE = '# A\n\nb **c** `d` [e](f)\n\n- g\n  1. h\n\n> i\n\n| j |\n| - |\n| k |\n\n```l\nm\n```\n\n<n>\n'

/** The lexer's many patterns are made ready with the first text: better while nothing waits for it. */
export function prepareMarkdown(): void {
  for (const raw of readBlocks(SAMPLE).raws) readTokens(raw, {})
}
