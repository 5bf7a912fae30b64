import { decodeNamedCharacterReference } from 'decode-named-character-reference'
import type { MarkedToken, Token, Tokens } from 'marked'
import { createElement, Fragment, type ReactNode } from 'react'
import { CodeBlock } from '@/components/markdown/code-block'
import { AnswerHeading, SafeImage, SafeLink, ScrollingTable, TaskBox } from '@/components/markdown/elements'
import { Reference } from '@/components/markdown/footnotes'
import { isReference } from '@/components/markdown/notes'

const NAMED_REFERENCE = /&([a-z][a-z0-9]{1,31});/gi

/** The lexer resolves references by number; those by name are left to whoever writes them. */
const decode = (text: string) =>
  text.includes('&') ? text.replace(NAMED_REFERENCE, (all, name) => decodeNamedCharacterReference(name) || all) : text

/** Children as arguments: pieces of one text have no identity but their place. */
const element = (tag: string, children: readonly ReactNode[], props: object | null = null) =>
  createElement(tag, props, ...children)

const inside = (tokens: Token[] | undefined) => (tokens ?? []).map(renderToken)

function renderList({ ordered, start, items }: Tokens.List): ReactNode {
  const rows = items.map((item) => element('li', inside(item.tokens)))
  return element(ordered ? 'ol' : 'ul', rows, ordered && start !== 1 && start !== '' ? { start } : null)
}

function renderTable({ header, rows }: Tokens.Table): ReactNode {
  const cell = ({ tokens, align, header: isHeading }: Tokens.TableCell) =>
    element(isHeading ? 'th' : 'td', inside(tokens), align ? { style: { textAlign: align } } : null)
  const row = (cells: Tokens.TableCell[]) => element('tr', cells.map(cell))
  return (
    <ScrollingTable>
      {element('thead', [row(header)])}
      {rows.length > 0 && element('tbody', rows.map(row))}
    </ScrollingTable>
  )
}

/** One token as elements. Markdown alone makes elements: HTML in the text stays text. */
export function renderToken(given: Token): ReactNode {
  if (isReference(given)) return <Reference raw={given.raw} name={given.name} />
  // Inside of a quote: it belongs to somebody else's text.
  if (given.type === 'footnote') return <p>{given.raw.trim()}</p>
  const token = given as MarkedToken
  switch (token.type) {
    case 'paragraph':
      return element('p', inside(token.tokens))
    case 'heading':
      return createElement(AnswerHeading, { level: token.depth }, ...inside(token.tokens))
    case 'list':
      return renderList(token)
    case 'list_item':
      return element('li', inside(token.tokens))
    case 'checkbox':
      return <TaskBox checked={token.checked} />
    case 'table':
      return renderTable(token)
    case 'code':
      return <CodeBlock language={/^[\w+#-]+/.exec(token.lang ?? '')?.[0] ?? 'text'} text={token.text} />
    case 'blockquote':
      return element('blockquote', inside(token.tokens))
    case 'hr':
      return <hr />
    case 'html':
      return token.block ? <p>{token.raw.trim()}</p> : token.raw
    case 'strong':
    case 'em':
    case 'del':
      return element(token.type, inside(token.tokens))
    case 'codespan':
      return <code>{token.text}</code>
    case 'br':
      return <br />
    case 'link':
      return createElement(
        SafeLink,
        { href: token.autolink ? token.href : decode(token.href) },
        ...(token.autolink ? [token.text] : inside(token.tokens)),
      )
    case 'image':
      return <SafeImage alt={decode(token.text)} src={decode(token.href)} />
    case 'text':
      return token.tokens ? element(Fragment as never, inside(token.tokens)) : decode(token.text)
    case 'escape':
      return token.text
    case 'space':
    case 'def':
      return null
    default:
      return (given as Token).raw
  }
}
