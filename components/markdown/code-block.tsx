'use client'

import { type ComponentProps, isValidElement, type ReactNode } from 'react'
import { CopyButton } from '@/components/ui/copy-button'

type CodeProps = { className?: string; children?: ReactNode }

/** A fenced block: its language, a copy button, and the text in a frame that scrolls by itself. */
export function CodeBlock({ children }: ComponentProps<'pre'>) {
  const code = isValidElement<CodeProps>(children) ? children.props : {}
  const text = typeof code.children === 'string' ? code.children.replace(/\n$/, '') : ''
  const language = /language-([\w+#-]+)/.exec(code.className ?? '')?.[1] ?? 'text'
  return (
    <figure className="overflow-hidden rounded-lg border border-line bg-sunken">
      <figcaption className="flex h-8 items-center justify-between border-b border-line pr-1 pl-3 font-mono text-2xs text-muted">
        {language}
        <CopyButton text={text} label="Copy code" />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <pre className="max-h-[28rem] overflow-auto px-3 py-2.5 font-mono text-xs leading-relaxed" tabIndex={0}>
        {text ? <code>{text}</code> : children}
      </pre>
    </figure>
  )
}
