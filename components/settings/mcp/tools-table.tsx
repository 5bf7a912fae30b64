import type { ServerTool } from '@/components/settings/mcp/api'
import { RiskBadge } from '@/components/settings/mcp/risk-badge'
import { Badge } from '@/components/ui/badge'
import { type Column, DataTable } from '@/components/ui/table'
import { When } from '@/components/ui/when'
import { ROLES, type Role, type ToolPolicy } from '@/lib/access/types'

const POLICY_WORDS: Record<ToolPolicy, string> = { auto: 'free', ask: 'asks', hidden: 'hidden' }
const BLOCKED_WORDS: Record<NonNullable<ServerTool['blocked']>['kind'], string> = {
  new: 'to be reviewed',
  changed: 'changed',
  'switched-off': 'switched off',
}
const ROLE_WORDS: Record<Role, string> = { viewer: 'Viewer', editor: 'Editor', admin: 'Admin' }

const columns: Column<ServerTool>[] = [
  {
    key: 'tool',
    header: 'Tool',
    plain: true,
    className: '@2xl:w-1/2',
    cell: ({ toolName, title, description }) => (
      <>
        <code className="text-sm font-medium">{toolName}</code>
        {title !== toolName && <span className="ml-2 text-xs text-muted">{title}</span>}
        <p className="line-clamp-2 text-xs text-muted" title={description.slice(0, 1000)}>
          {description}
        </p>
      </>
    ),
  },
  {
    key: 'risk',
    header: 'Risk',
    cell: ({ risk, blocked }) => (
      <span className="flex flex-wrap gap-1">
        <RiskBadge risk={risk} />
        {blocked && (
          <Badge tone="warn" title={blocked.message}>
            {BLOCKED_WORDS[blocked.kind]}
          </Badge>
        )}
      </span>
    ),
  },
  ...ROLES.map(
    (role): Column<ServerTool> => ({
      key: role,
      header: ROLE_WORDS[role],
      cell: ({ policy }) => (
        <span className={policy[role] === 'hidden' ? 'text-xs text-faint' : 'text-xs'}>
          {POLICY_WORDS[policy[role]]}
        </span>
      ),
    }),
  ),
  { key: 'used', header: 'Used last', cell: ({ lastUsedAt }) => <When time={lastUsedAt} /> },
]

/** What a server offers, and what each role may do with it. */
export function ToolsTable({ tools }: { tools: ServerTool[] | null }) {
  return (
    <DataTable
      caption="Tools"
      columns={columns}
      rows={tools ?? []}
      rowKey={({ name }) => name}
      rowAttributes={({ toolName }) => ({ 'data-tool': toolName })}
      empty={tools === null ? 'The tools cannot be told now: the server does not answer, or is disabled.' : 'No tools.'}
    />
  )
}
