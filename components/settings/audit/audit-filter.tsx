import { X } from 'lucide-react'
import Link from 'next/link'
import type { AuditSearch } from '@/components/settings/audit/filter'
import { buttonClass } from '@/components/ui/button'

const CONTROL = 'h-9 w-full rounded-lg border border-line-strong bg-surface px-2.5 text-sm'
const LABEL = 'mb-1 block text-xs text-muted'

/** A plain form: the filter is the page's address. */
export function AuditFilter({ path, search, actions }: { path: string; search: AuditSearch; actions: string[] }) {
  const chips = (['actor', 'target'] as const).filter((name) => search[name])
  const without = (name: keyof AuditSearch) => {
    const { [name]: _, ...rest } = search
    return `${path}?${new URLSearchParams(rest as Record<string, string>)}`
  }
  return (
    <div className="grid gap-3">
      <form action={path} method="get" className="grid grid-cols-2 items-end gap-3 lg:grid-cols-[1fr_auto_auto_auto]">
        {chips.map((name) => (
          <input key={name} type="hidden" name={name} value={search[name]} />
        ))}
        <div className="max-lg:col-span-2">
          <label htmlFor="audit-action" className={LABEL}>
            Action
          </label>
          <input
            id="audit-action"
            name="action"
            list="audit-actions"
            defaultValue={search.action}
            placeholder="tool.call, or all of tool"
            autoComplete="off"
            spellCheck={false}
            className={CONTROL}
          />
          <datalist id="audit-actions">
            {actions.map((action) => (
              <option key={action} value={action} />
            ))}
          </datalist>
        </div>
        <div>
          <label htmlFor="audit-from" className={LABEL}>
            From
          </label>
          <input id="audit-from" type="date" name="from" defaultValue={search.from} className={CONTROL} />
        </div>
        <div>
          <label htmlFor="audit-to" className={LABEL}>
            To
          </label>
          <input id="audit-to" type="date" name="to" defaultValue={search.to} className={CONTROL} />
        </div>
        <div className="flex gap-2 max-lg:col-span-2">
          <button type="submit" className={buttonClass()}>
            Filter
          </button>
          {Object.keys(search).length > 0 && (
            <Link href={path} className={buttonClass({ variant: 'quiet' })}>
              Show all
            </Link>
          )}
        </div>
      </form>
      {chips.length > 0 && (
        <ul className="flex flex-wrap gap-2">
          {chips.map((name) => (
            <li key={name}>
              <Link
                href={without(name)}
                aria-label={`Remove the filter on ${name} ${search[name]}`}
                className="inline-flex max-w-full items-center gap-1.5 rounded-md bg-accent-soft px-2 py-1 text-xs text-accent"
              >
                <span className="truncate">
                  {name}: <span className="font-mono">{search[name]}</span>
                </span>
                <X size={12} aria-hidden className="shrink-0" />
              </Link>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
