import type { Token, TokenizerExtensionFunction, TokenizerStartFunction } from 'marked'

/** A footnote's name: short and of letters, so that no pattern in a text is taken for one. */
const LABEL = String.raw`\[\^([\p{L}\p{N}_.-]{1,64})\]`
/** A line goes on with a footnote unless it is blank or begins something else; indented ones do behind blank lines, too. */
const LINE = String.raw`\n(?![ \t]*\n| {0,3}(?:[>|<]|[-*+] |#+ |\d+[.)] |([-*_=~\x60])\2\2|\[\^)).+|(?:\n[ \t]*)*\n(?: {4}|\t).*`
const OPENING = String.raw`^ {0,3}${LABEL}:[ \t]*`
const FOOTNOTE = new RegExp(`${OPENING}.*(?:${LINE})*\\n?`, 'u')
const START = new RegExp(OPENING, 'u')
const START_INSIDE = new RegExp(String.raw`\n\n|\n {0,3}${LABEL}:`, 'u')
// What follows in brackets is a link of that name.
const REFERENCE = new RegExp(`^${LABEL}(?!\\()`, 'u')
const UNFINISHED = /(?:^|\n) {0,3}\[(?:\^[\p{L}\p{N}_.-]*\]?)?$|\[\^[\p{L}\p{N}_.-]*$/u
const CODE = /^(?: {0,3}(?:```|~~~)| {4})/

const nameOf = (label: string) => label.toLowerCase()

/** The name of the footnote that a block is; null for every other block. */
export function noteOf(raw: string): string | null {
  const label = START.exec(raw)?.[1]
  return label === undefined ? null : nameOf(label)
}

/** What a footnote says, as a text of its own. */
export const noteText = (raw: string) => raw.replace(START, '').replace(/\n(?: {4}|\t)/g, '\n')

/** A footnote at the top of a text. What it says is read where it is drawn. */
const definition: TokenizerExtensionFunction = function definition(text) {
  const raw = this.lexer.state.top ? FOOTNOTE.exec(text)?.[0] : undefined
  return raw === undefined ? undefined : { type: 'footnote', raw }
}

const definitionStart: TokenizerStartFunction = (text) => {
  const found = START_INSIDE.exec(text)
  return found && found[1] !== undefined ? found.index + 1 : undefined
}

/** Not in a link, for a link cannot hold another. */
const reference: TokenizerExtensionFunction = function reference(text) {
  const found = this.lexer.state.inLink ? null : REFERENCE.exec(text)
  return found ? { type: 'reference', raw: found[0], name: nameOf(found[1] ?? '') } : undefined
}

export interface ReferenceToken {
  type: 'reference'
  raw: string
  name: string
}

export const isReference = (token: Token): token is ReferenceToken & Token => token.type === 'reference'

/** What the lexer is told of footnotes. */
export const FOOTNOTES = {
  block: [definition],
  startBlock: [definitionStart],
  inline: [reference],
  renderers: {},
  childTokens: {},
}

/** A block that is still being written, without the brackets at its end that may become a footnote or its mark. */
export const withoutUnfinished = (raw: string) => (CODE.test(raw) ? raw : raw.replace(UNFINISHED, ''))
