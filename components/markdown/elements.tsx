import { ImageOff } from 'lucide-react'
import type { ReactNode } from 'react'
import { judgeLink, namesTarget } from '@/components/markdown/links'
import { Group } from '@/components/ui/group'

const textOf = (node: ReactNode): string => {
  if (typeof node === 'string' || typeof node === 'number') return String(node)
  if (Array.isArray(node)) return node.map(textOf).join('')
  if (node && typeof node === 'object' && 'props' in node) {
    return textOf((node.props as { children?: ReactNode }).children)
  }
  return ''
}

/** A link that shows where it leads, and leads nowhere unless it is a web page or a mail address. */
export function SafeLink({ href, children }: { href?: string; children?: ReactNode }) {
  const verdict = judgeLink(href)
  if (!verdict.allowed) return <span data-dead-link="">{children}</span>
  const text = textOf(children)
  return (
    <a href={verdict.href} target="_blank" rel="noopener noreferrer nofollow" title={verdict.href}>
      {children}
      {verdict.external && !namesTarget(text, verdict.target) && (
        <span className="text-xs text-muted no-underline"> ({verdict.target})</span>
      )}
    </a>
  )
}

/** Never loads anything: an image's address may carry data to a stranger. Says that there was one. */
export function SafeImage({ alt, src }: { alt?: string; src?: string }) {
  const verdict = judgeLink(src)
  return (
    <span className="inline-flex max-w-full items-center gap-1.5 rounded-sm border border-line bg-sunken px-1.5 text-xs text-muted">
      <ImageOff size={13} aria-hidden className="shrink-0" />
      <span className="truncate">
        Image not loaded{alt ? `: ${alt}` : ''}
        {verdict.allowed && verdict.external ? ` (${verdict.target})` : ''}
      </span>
    </span>
  )
}

/** A wide table scrolls in its own frame, never the page. */
export function ScrollingTable({ children }: { children: ReactNode }) {
  return (
    // What scrolls must be reachable by keyboard.
    <Group label="Table" className="overflow-x-auto rounded-lg border border-line" tabIndex={0}>
      <table>{children}</table>
    </Group>
  )
}

/** A heading of an answer stands below the answer's own, whatever level the model chose and skipped; the level shows. */
export function AnswerHeading({ level, children }: { level: number; children?: ReactNode }) {
  return <h3 data-level={level}>{children}</h3>
}

/** The box of a task, which nobody ticks here: it says what it shows. */
export function TaskBox({ checked }: { checked: boolean }) {
  return <input type="checkbox" disabled checked={checked} readOnly aria-label={checked ? 'Done' : 'Not done'} />
}
