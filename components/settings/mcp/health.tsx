import type { HealthView } from '@/components/settings/mcp/api'
import { Badge, type Tone } from '@/components/ui/badge'
import { formatDuration } from '@/components/ui/format'
import { When } from '@/components/ui/when'

const STATES: Record<HealthView['state'], { tone: Tone; label: string }> = {
  ok: { tone: 'ok', label: 'Answers' },
  failing: { tone: 'danger', label: 'Failing' },
  unknown: { tone: 'neutral', label: 'Not asked yet' },
  disabled: { tone: 'neutral', label: 'Disabled' },
}

export function HealthBadge({ health }: { health: HealthView }) {
  const { tone, label } = STATES[health.state]
  return <Badge tone={tone}>{label}</Badge>
}

/** State, last error in words and when; of a server that answers, how fast. */
export function HealthSummary({ health }: { health: HealthView }) {
  const { state, observedAt, lastError, latencyMilliseconds } = health
  return (
    <div className="grid justify-items-start gap-1" data-testid="health" data-state={state}>
      <HealthBadge health={health} />
      {state === 'failing' && lastError && (
        <p className="text-xs text-danger">
          {lastError.message} <When time={lastError.at} />
        </p>
      )}
      {state === 'ok' && observedAt !== null && (
        <p className="text-xs text-muted">
          {latencyMilliseconds !== null && `${formatDuration(latencyMilliseconds)} · `}
          <When time={observedAt} />
        </p>
      )}
    </div>
  )
}

/** Everything that is known of it. */
export function HealthDetails({ health }: { health: HealthView }) {
  const { observedAt, lastSuccessAt, lastError, latencyMilliseconds, tools, lastUsedAt } = health
  const facts = [
    { name: 'Seen last', value: <When time={observedAt} /> },
    { name: 'Answered last', value: <When time={lastSuccessAt} /> },
    { name: 'Listing took', value: latencyMilliseconds === null ? '–' : formatDuration(latencyMilliseconds) },
    { name: 'Tools', value: tools ?? '–' },
    { name: 'Used last', value: <When time={lastUsedAt} /> },
  ]
  return (
    <div
      className="grid gap-3 rounded-lg border border-line bg-surface p-4"
      data-testid="health"
      data-state={health.state}
    >
      <div>
        <HealthBadge health={health} />
      </div>
      <dl className="grid grid-cols-2 gap-x-6 gap-y-3 text-sm sm:grid-cols-5">
        {facts.map(({ name, value }) => (
          <div key={name}>
            <dt className="text-xs text-muted">{name}</dt>
            <dd className="tabular-nums">{value}</dd>
          </div>
        ))}
      </dl>
      {lastError && (
        <p className={`text-sm [overflow-wrap:anywhere] ${health.state === 'failing' ? 'text-danger' : 'text-muted'}`}>
          Last error, <When time={lastError.at} />: {lastError.message}
        </p>
      )}
    </div>
  )
}
