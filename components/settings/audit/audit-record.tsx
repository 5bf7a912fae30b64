import { formatInstant } from '@/components/ui/format'
import type { AuditRecord } from '@/lib/access/audit-collection'
import { difference } from '@/lib/access/audit-difference'

/** One record whole: the facts, and what changed. */
export function AuditRecordView({ record }: { record: AuditRecord }) {
  const { actor, target, origin, at, before, after } = record
  const changes = difference(before, after)
  const facts: [string, string][] = [
    ['When', formatInstant(at)],
    ['Who', `${actor.name} (${actor.key})`],
    ['To what', `${target.name} (${target.kind} ${target.id})`],
    ['From where', origin ? `${origin.address}, request ${origin.requestId}` : 'no request: Longwatch itself'],
  ]
  return (
    <div className="grid gap-5" data-testid="audit-record">
      <dl className="grid gap-x-4 gap-y-1.5 text-sm sm:grid-cols-[max-content_1fr]">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="[overflow-wrap:anywhere] max-sm:mb-1.5">{value}</dd>
          </div>
        ))}
      </dl>
      {changes.length === 0 ? (
        <p className="text-sm text-muted">Nothing was changed by it.</p>
      ) : (
        <ul className="grid gap-3" aria-label="What changed">
          {changes.map(({ path, before: old, after: fresh }) => (
            <li key={path} className="grid gap-1">
              <p className="font-mono text-xs text-muted">{path || 'value'}</p>
              {old !== undefined && <Side tone="removed" text={old} />}
              {fresh !== undefined && <Side tone="added" text={fresh} />}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function Side({ tone, text }: { tone: 'removed' | 'added'; text: string }) {
  const removed = tone === 'removed'
  return (
    <div
      className={`flex gap-2 rounded-md px-2.5 py-1.5 font-mono text-xs leading-5 ${removed ? 'bg-danger-soft' : 'bg-ok-soft'}`}
    >
      <span className={removed ? 'text-danger' : 'text-ok'} aria-hidden>
        {removed ? '−' : '+'}
      </span>
      <span className="sr-only">{removed ? 'Before:' : 'After:'}</span>
      <span className="min-w-0 flex-1 whitespace-pre-wrap [overflow-wrap:anywhere]">{text || '(empty)'}</span>
    </div>
  )
}
