import { CopyButton } from '@/components/ui/copy-button'
import { Group } from '@/components/ui/group'

/** Plain text of unknown size in a frame that scrolls by itself. */
export function TextFrame({ label, text, note }: { label: string; text: string; note?: string }) {
  return (
    <Group label={label} className="min-w-0">
      <div className="flex min-h-7 items-center gap-2 text-xs text-muted">
        <span className="font-medium">{label}</span>
        {note && <span className="text-faint">{note}</span>}
        <span className="ml-auto">
          <CopyButton text={text} label={`Copy ${label.toLowerCase()}`} />
        </span>
      </div>
      <pre
        className="max-h-72 overflow-auto rounded-md border border-line bg-sunken px-3 py-2 font-mono text-xs leading-relaxed [overflow-wrap:anywhere] whitespace-pre-wrap"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
      >
        {text}
      </pre>
    </Group>
  )
}
