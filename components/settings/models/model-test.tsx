import { Badge } from '@/components/ui/badge'
import { Notice } from '@/components/ui/field'
import { formatDuration } from '@/components/ui/format'
import type { GrafanaHealth, ModelTestResult } from '@/lib/models/configs/test-model'

/** What really came back of the small question. */
export function ModelTest({ result }: { result: ModelTestResult | { outcome: 'refused'; message: string } }) {
  if (result.outcome === 'refused')
    return (
      <div data-testid="test-result" data-outcome="refused">
        <Notice tone="danger">{result.message}</Notice>
      </div>
    )
  if (result.outcome === 'failed')
    return (
      <div data-testid="test-result" data-outcome="failed" className="grid gap-2">
        <Notice tone="danger">
          {result.message} ({result.httpStatus === null ? '' : `HTTP ${result.httpStatus}, `}
          {formatDuration(result.milliseconds.whole)})
        </Notice>
        {result.health && <Health health={result.health} />}
      </div>
    )
  const { text, model, finishReason, usage, milliseconds, health } = result
  return (
    <div
      role="status"
      data-testid="test-result"
      data-outcome="answered"
      className="grid gap-2 rounded-lg border border-line bg-ok-soft px-3 py-2 text-sm [overflow-wrap:anywhere]"
    >
      <p>
        <span className="font-medium text-ok">It answers:</span> “{text.trim() || '(no text)'}”
      </p>
      <p className="text-xs text-muted">
        {model ? <code>{model}</code> : 'It does not say which model it is'} · first word after{' '}
        {formatDuration(milliseconds.firstPart)}, all after {formatDuration(milliseconds.whole)} · tokens{' '}
        {usage.inputTokens ?? 'not told'} in, {usage.outputTokens ?? 'not told'} out · ended with {finishReason}
      </p>
      {health && <Health health={health} />}
    </div>
  )
}

function Health({ health }: { health: GrafanaHealth }) {
  return (
    <p className="flex flex-wrap items-center gap-1.5 text-xs text-muted" data-testid="grafana-health">
      The LLM app says:
      <Badge tone={health.configured ? 'ok' : 'danger'}>{health.configured ? 'configured' : 'not configured'}</Badge>
      <Badge tone={health.ok ? 'ok' : 'danger'}>{health.ok ? 'healthy' : 'not healthy'}</Badge>
      {health.models.map(({ name, ok }) => (
        <Badge key={name} tone={ok ? 'ok' : 'danger'}>
          {name} {ok ? 'works' : 'does not work'}
        </Badge>
      ))}
    </p>
  )
}
