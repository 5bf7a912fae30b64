'use client'

import { createElement, Fragment, type ReactNode, use, useEffect, useMemo, useState } from 'react'
import { GrowingContext } from '@/components/markdown/growing'
import { type CodeNode, highlight, loadedHighlighter, loadHighlighter } from '@/components/markdown/highlight'
import { CopyButton } from '@/components/ui/copy-button'

/** A block that is still being written keeps its colours up to here: each token costs all of them anew. */
const MAX_GROWING = 4_000

/** A fenced block: its language, a copy button, and the text in a frame that scrolls by itself. */
export function CodeBlock({ language, text }: { language: string; text: string }) {
  const growing = use(GrowingContext)
  return (
    <figure className="overflow-hidden rounded-lg border border-line bg-sunken" data-testid="code-block">
      <figcaption className="flex min-h-8 items-center justify-between border-b border-line pr-1 pl-3 font-mono text-2xs text-muted">
        {language}
        <CopyButton text={text} label="Copy code" />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <pre className="max-h-[28rem] overflow-auto px-3 py-2.5 font-mono text-xs leading-relaxed" tabIndex={0} dir="ltr">
        <code>
          {growing && text.length > MAX_GROWING ? text : <Highlighted language={language.toLowerCase()} text={text} />}
        </code>
      </pre>
    </figure>
  )
}

/** The code in colours once the highlighter is here: the same text in the same place, so nothing moves. */
function Highlighted({ language, text }: { language: string; text: string }) {
  const [lowlight, setLowlight] = useState(loadedHighlighter)
  useEffect(() => {
    if (lowlight || language === 'text') return
    let wanted = true
    // Without it the code stays plain: it can be read all the same.
    loadHighlighter().then(
      (loaded) => wanted && setLowlight(loaded),
      () => undefined,
    )
    return () => {
      wanted = false
    }
  }, [lowlight, language])
  const nodes = useMemo(() => lowlight && highlight(lowlight, language, text), [lowlight, language, text])
  return nodes ? createElement(Fragment, null, ...nodes.map(renderNode)) : text
}

/** Children as arguments: pieces of one text have no identity but their place. */
const renderNode = (node: CodeNode): ReactNode =>
  typeof node === 'string' ? node : createElement('span', { className: node.classes }, ...node.children.map(renderNode))
