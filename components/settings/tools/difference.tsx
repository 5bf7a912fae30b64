import { diffLines, diffWordsWithSpace } from 'diff'
import { asText } from '@/components/settings/tools/words'
import { cx } from '@/components/ui/cx'
import type { FieldDifference } from '@/lib/mcp/manage/review'

const FIELD_WORDS: Record<FieldDifference['field'], string> = {
  title: 'Title',
  description: 'Description',
  inputSchema: 'Arguments',
  annotations: 'What it says of itself',
}

/** Longer texts are shown one after the other: comparing them could take the page with it. */
const MOST_COMPARED = 40_000

/** One field, as it was when it was reviewed and as it is now; what went and what came is marked, not by colour alone. */
export function Difference({ difference }: { difference: FieldDifference }) {
  const before = asText(difference.before)
  const after = asText(difference.after)
  const parts =
    before.length + after.length > MOST_COMPARED
      ? [
          { value: before, removed: true, added: false },
          { value: after, removed: false, added: true },
        ]
      : typeof difference.after === 'string'
        ? diffWordsWithSpace(before, after)
        : diffLines(before, after)
  return (
    <div data-testid="difference" data-field={difference.field}>
      <h4 className="text-xs font-medium text-muted">{FIELD_WORDS[difference.field]}</h4>
      <pre className={TEXT}>
        {marked(parts).map(({ start, value, added, removed }) => {
          const Mark = added ? 'ins' : removed ? 'del' : 'span'
          return (
            <Mark
              key={start}
              className={cx(
                added && 'bg-ok-soft text-ok underline decoration-1 underline-offset-2',
                removed && 'bg-danger-soft text-danger line-through',
              )}
            >
              {value}
            </Mark>
          )
        })}
      </pre>
    </div>
  )
}

/** The parts, each with its place in the whole. */
function marked<Part extends { value: string }>(parts: Part[]): (Part & { start: number })[] {
  let start = 0
  return parts.map((part) => {
    const placed = { ...part, start }
    start += part.value.length
    return placed
  })
}

/** One field as it is. */
export function Shown({ label, value }: { label: string; value: unknown }) {
  return (
    <div>
      <h4 className="text-xs font-medium text-muted">{label}</h4>
      <pre className={TEXT}>{asText(value)}</pre>
    </div>
  )
}

const TEXT =
  'mt-1 max-h-80 overflow-auto rounded-md bg-sunken px-3 py-2 font-mono text-xs whitespace-pre-wrap [overflow-wrap:anywhere]'
