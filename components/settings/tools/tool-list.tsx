'use client'

import { LockKeyhole, Search } from 'lucide-react'
import { useDeferredValue, useMemo, useState } from 'react'
import { ExceptionForm } from '@/components/settings/tools/exception-form'
import { SwitchOff, type SwitchWish } from '@/components/settings/tools/switches'
import { POLICY_SOURCES, POLICY_WORDS, RISK_SOURCES, RISK_WORDS, ROLE_WORDS } from '@/components/settings/tools/words'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { controlClass } from '@/components/ui/field-frame'
import { formatInstant } from '@/components/ui/format'
import { type Column, DataTable } from '@/components/ui/table'
import type { ToolException } from '@/lib/access/tool-policy'
import type { ToolSwitch } from '@/lib/access/tool-switches'
import { ROLES } from '@/lib/access/types'
import type { GovernedTool } from '@/lib/mcp/manage/describe-policy'
import type { CatalogueServer } from '@/lib/mcp/types'

const FILTERS = {
  all: { label: 'All tools', holds: () => true },
  writes: { label: 'What is not reading', holds: ({ risk }: GovernedTool) => risk !== 'read' },
  exceptions: {
    label: 'Exceptions',
    holds: ({ riskSource, decided }: GovernedTool) =>
      riskSource === 'exception' || ROLES.some((role) => decided[role].source === 'exception'),
  },
  blocked: { label: 'Waiting or switched off', holds: ({ blocked }: GovernedTool) => blocked !== null },
} as const

/** So many of a server are shown before one asks for the rest. */
const SHOWN = 50

/** Every tool of every server with what each role may do with it, to be searched and changed. */
export function ToolList({
  organisationId,
  servers,
  tools,
  exceptions,
  switches,
}: {
  organisationId: string
  servers: CatalogueServer[]
  tools: GovernedTool[]
  exceptions: ToolException[]
  switches: ToolSwitch[]
}) {
  const [text, setText] = useState('')
  const [filter, setFilter] = useState<keyof typeof FILTERS>('all')
  const [edited, setEdited] = useState<GovernedTool | null>(null)
  const [wish, setWish] = useState<SwitchWish | null>(null)
  const sought = useDeferredValue(text.trim().toLowerCase())
  const found = useMemo(
    () =>
      tools.filter(
        (tool) =>
          FILTERS[filter].holds(tool) &&
          [tool.name, tool.title, tool.description].some((words) => words.toLowerCase().includes(sought)),
      ),
    [tools, sought, filter],
  )
  const exceptionOf = ({ serverId, toolName }: GovernedTool) =>
    exceptions.find((one) => one.serverId === serverId && one.toolName === toolName)

  return (
    <>
      <div className="flex flex-wrap gap-2">
        <div className="relative min-w-0 flex-1 basis-56">
          <Search size={15} aria-hidden className="pointer-events-none absolute top-3 left-3 text-faint" />
          <input
            type="search"
            aria-label="Search tools"
            placeholder="Search by name or description"
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            className={controlClass(false, 'h-10 pl-9')}
          />
        </div>
        <select
          aria-label="Which tools"
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value as keyof typeof FILTERS)}
          className={controlClass(false, 'h-10 flex-1 basis-48 sm:max-w-60')}
        >
          {Object.entries(FILTERS).map(([value, { label }]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </div>
      <p className="text-xs text-muted" role="status">
        {found.length === tools.length ? `${tools.length} tools` : `${found.length} of ${tools.length} tools`}
      </p>
      {servers.map((server) => (
        <ServerTools
          key={server.id}
          server={server}
          isOff={switches.some(({ target }) => target.kind === 'server' && target.serverId === server.id)}
          tools={found.filter(({ serverId }) => serverId === server.id)}
          onEdit={setEdited}
          onSwitchOff={setWish}
        />
      ))}
      {edited && (
        <ExceptionForm
          organisationId={organisationId}
          tool={edited}
          exception={exceptionOf(edited)}
          onClose={() => setEdited(null)}
        />
      )}
      {wish && <SwitchOff organisationId={organisationId} wish={wish} onClose={() => setWish(null)} />}
    </>
  )
}

const ORIGINS = {
  builtin: 'part of Longwatch',
  provisioned: 'from a provisioning file',
  stored: 'added here',
} as const

function ServerTools({
  server,
  isOff,
  tools,
  onEdit,
  onSwitchOff,
}: {
  server: CatalogueServer
  isOff: boolean
  tools: GovernedTool[]
  onEdit: (tool: GovernedTool) => void
  onSwitchOff: (wish: SwitchWish) => void
}) {
  const [all, setAll] = useState(false)
  if (tools.length === 0) return null
  const columns: Column<GovernedTool>[] = [
    { key: 'tool', header: 'Tool', plain: true, cell: (tool) => <ToolName tool={tool} /> },
    { key: 'risk', header: 'What it does', cell: (tool) => <RiskCell tool={tool} /> },
    ...ROLES.map(
      (role): Column<GovernedTool> => ({
        key: role,
        header: ROLE_WORDS[role],
        cell: ({ decided, blocked }) => {
          const { policy, source } = decided[role]
          return (
            <span
              title={POLICY_SOURCES[source]}
              className={`inline-flex items-center gap-1 whitespace-nowrap ${blocked ? 'text-faint line-through' : ''}`}
            >
              {POLICY_WORDS[policy].short}
              {source === 'exception' && <Badge tone="accent">exception</Badge>}
              {source === 'provisioned' && <LockKeyhole size={12} aria-label="locked" className="text-faint" />}
            </span>
          )
        },
      }),
    ),
    {
      key: 'used',
      header: 'Last call',
      cell: ({ lastUsedAt }) => (
        <span className="text-xs text-muted" suppressHydrationWarning>
          {lastUsedAt ? formatInstant(lastUsedAt) : 'none on record'}
        </span>
      ),
    },
    {
      key: 'actions',
      header: 'Actions',
      plain: true,
      align: 'right',
      cell: (tool) => (
        <div className="flex gap-1 @2xl:justify-end">
          <Button size="small" variant="quiet" onClick={() => onEdit(tool)} aria-label={`Change ${tool.toolName}`}>
            Change
          </Button>
          {tool.blocked?.kind !== 'switched-off' && (
            <Button
              size="small"
              variant="quiet"
              aria-label={`Switch off ${tool.toolName}`}
              onClick={() =>
                onSwitchOff({
                  target: { kind: 'tool', serverId: tool.serverId, toolName: tool.toolName },
                  name: `${tool.toolName} of ${server.name}`,
                })
              }
            >
              Switch off
            </Button>
          )}
        </div>
      ),
    },
  ]
  const shown = all ? tools : tools.slice(0, SHOWN)
  return (
    <section aria-label={`Tools of ${server.name}`} className="grid min-w-0 gap-2" data-server={server.name}>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h3 className="text-sm font-semibold [overflow-wrap:anywhere]">
          {server.name} <span className="font-normal text-muted">({ORIGINS[server.origin]})</span>
        </h3>
        {!isOff && (
          <Button
            size="small"
            onClick={() => onSwitchOff({ target: { kind: 'server', serverId: server.id }, name: server.name })}
          >
            Switch the server off
          </Button>
        )}
      </div>
      <DataTable
        caption={`Tools of ${server.name}`}
        columns={columns}
        rows={shown}
        rowKey={({ name }) => name}
        rowAttributes={({ toolName }) => ({ 'data-tool': toolName })}
        empty="No tool."
      />
      {shown.length < tools.length && (
        <div>
          <Button size="small" variant="quiet" onClick={() => setAll(true)}>
            Show all {tools.length}
          </Button>
        </div>
      )}
    </section>
  )
}

function ToolName({ tool }: { tool: GovernedTool }) {
  const { toolName, title, blocked } = tool
  return (
    <div className="min-w-0">
      <p className="font-mono text-xs font-medium">{toolName}</p>
      {title !== toolName && <p className="text-xs text-muted">{title}</p>}
      {blocked && (
        <Badge tone={blocked.kind === 'switched-off' ? 'danger' : 'warn'} title={blocked.message}>
          {blocked.kind === 'switched-off' ? 'switched off' : `${blocked.kind}: waits for review`}
        </Badge>
      )}
    </div>
  )
}

function RiskCell({ tool: { risk, riskSource } }: { tool: GovernedTool }) {
  return (
    <div>
      <Badge tone={risk === 'read' ? 'neutral' : risk === 'write' ? 'accent' : 'warn'}>{RISK_WORDS[risk].short}</Badge>
      <p className="mt-0.5 text-2xs text-faint">{RISK_SOURCES[riskSource]}</p>
    </div>
  )
}
