'use client'

import { type ComponentProps, memo } from 'react'
import { Streamdown, type StreamdownProps } from 'streamdown'
import { CodeBlock } from '@/components/markdown/code-block'
import { headingOf, SafeImage, SafeLink, ScrollingTable, TaskBox } from '@/components/markdown/elements'

/** The cast: the library's index signature wants every component to take any property. */
const COMPONENTS = {
  a: SafeLink,
  img: SafeImage,
  pre: CodeBlock,
  table: ScrollingTable,
  input: TaskBox,
  code: ({ node, ...rest }: ComponentProps<'code'> & { node?: unknown }) => <code {...rest} />,
  strong: 'strong',
  p: 'p',
  h1: headingOf(1),
  h2: headingOf(2),
  h3: headingOf(3),
  h4: headingOf(4),
  h5: headingOf(5),
  h6: headingOf(6),
  ul: 'ul',
  ol: 'ol',
  li: 'li',
  hr: 'hr',
  blockquote: 'blockquote',
  thead: 'thead',
  tbody: 'tbody',
  tr: 'tr',
  th: 'th',
  td: 'td',
  sup: 'sup',
  sub: 'sub',
} as StreamdownProps['components']

/** Without rehype-raw, HTML in the text stays text: nothing but markdown makes elements. */
const REHYPE_PLUGINS: NonNullable<StreamdownProps['rehypePlugins']> = []

/**
 * Markdown of an answer, hardened: no raw HTML, no images from anywhere, links that say where they lead.
 * Its blocks are memoised, so that a token at the end costs one block. It stays in blocks when the stream ends: nothing moves.
 */
export const Markdown = memo(function Markdown({ text, streaming = false }: { text: string; streaming?: boolean }) {
  return (
    <Streamdown
      mode="streaming"
      parseIncompleteMarkdown={streaming}
      className="prose-answer"
      components={COMPONENTS}
      rehypePlugins={REHYPE_PLUGINS}
      linkSafety={{ enabled: false }}
      controls={false}
      dir="auto"
    >
      {text}
    </Streamdown>
  )
})
