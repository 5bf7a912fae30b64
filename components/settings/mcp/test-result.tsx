import type { ServerTest } from '@/components/settings/mcp/api'
import { RiskBadge } from '@/components/settings/mcp/risk-badge'
import { Notice } from '@/components/ui/field'
import { formatDuration } from '@/components/ui/format'

/** What really came back. */
export function TestResult({ result }: { result: ServerTest }) {
  if (result.outcome === 'failed')
    return (
      <div data-testid="test-result" data-outcome="failed">
        <Notice tone="danger">
          {result.message} ({formatDuration(result.milliseconds)})
        </Notice>
      </div>
    )
  const { server, protocolVersion, tools, leftOut, milliseconds } = result
  return (
    <div
      role="status"
      data-testid="test-result"
      data-outcome="answered"
      className="grid gap-2 rounded-lg border border-line bg-ok-soft px-3 py-2 text-sm [overflow-wrap:anywhere]"
    >
      <p>
        <span className="font-medium text-ok">It answers.</span> {server.name || 'A server without a name'}{' '}
        {server.version}
        {protocolVersion && `, protocol ${protocolVersion}`}, {tools.length} {tools.length === 1 ? 'tool' : 'tools'} in{' '}
        {formatDuration(milliseconds)}.
        {leftOut > 0 && ` ${leftOut} more cannot be used: malformed, listed twice or too many.`}
      </p>
      {tools.length > 0 && (
        <details>
          <summary className="cursor-pointer text-xs text-muted">The tools</summary>
          <ul className="mt-2 grid max-h-72 gap-1.5 overflow-y-auto">
            {tools.map(({ name, title, risk }) => (
              <li key={name} className="flex items-center gap-2">
                <RiskBadge risk={risk} />
                <code className="text-xs">{name}</code>
                {title !== name && <span className="min-w-0 truncate text-xs text-muted">{title}</span>}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  )
}
