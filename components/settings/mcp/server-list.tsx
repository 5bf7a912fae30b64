'use client'

import Link from 'next/link'
import { useEffect, useState } from 'react'
import { fetchServers, type McpServerView } from '@/components/settings/mcp/api'
import { HealthSummary } from '@/components/settings/mcp/health'
import { settingsPath } from '@/components/settings/navigation'
import { Badge } from '@/components/ui/badge'
import { buttonClass } from '@/components/ui/button'
import { type Column, DataTable } from '@/components/ui/table'
import { When } from '@/components/ui/when'

const REFRESH = 15_000

/** The servers with their health, asked anew while somebody looks. */
export function ServerList({
  slug,
  organisationId,
  servers: initial,
}: {
  slug: string
  organisationId: string
  servers: McpServerView[]
}) {
  const servers = useFresh(organisationId, initial)
  const columns: Column<McpServerView>[] = [
    {
      key: 'name',
      header: 'Server',
      plain: true,
      className: '@2xl:w-2/5',
      cell: ({ id, name, url, transport, provisioned }) => (
        <>
          <Link href={settingsPath(slug, `mcp/${id}`)} className="font-medium hover:underline">
            {name}
          </Link>{' '}
          {provisioned && <Badge title="A provisioning file or the environment manages it">provisioned</Badge>}
          <p className="text-xs text-muted">{url ?? `A command of the provisioning file (${transport})`}</p>
        </>
      ),
    },
    { key: 'health', header: 'Health', cell: ({ health }) => <HealthSummary health={health} /> },
    {
      key: 'tools',
      header: 'Tools',
      align: 'right',
      cell: ({ health }) => <span className="tabular-nums">{health.tools ?? '–'}</span>,
    },
    { key: 'used', header: 'Used last', cell: ({ health }) => <When time={health.lastUsedAt} /> },
    {
      key: 'open',
      header: 'Open',
      plain: true,
      align: 'right',
      cell: ({ id, name, provisioned }) => (
        <Link
          href={settingsPath(slug, `mcp/${id}`)}
          aria-label={`${provisioned ? 'Look at' : 'Edit'} ${name}`}
          className={buttonClass({ size: 'small' })}
        >
          {provisioned ? 'Look' : 'Edit'}
        </Link>
      ),
    },
  ]
  return (
    <DataTable
      caption="MCP servers"
      columns={columns}
      rows={servers}
      rowKey={({ id }) => id}
      rowAttributes={({ name }) => ({ 'data-server': name })}
      empty="No MCP server yet. The agent has only the tools of the organisation’s data sources."
    />
  )
}

/** What the page brought, then what the API says: at once, and every so often while the page is looked at. */
function useFresh(organisationId: string, initial: McpServerView[]): McpServerView[] {
  const [state, setState] = useState({ initial, servers: initial })
  if (state.initial !== initial) setState({ initial, servers: initial })
  useEffect(() => {
    const ended = new AbortController()
    const refresh = () => {
      if (document.visibilityState !== 'visible') return
      // What cannot be asked now stays as it is; each row says when it was seen.
      fetchServers(organisationId, ended.signal).then(
        ({ servers }) => !ended.signal.aborted && setState((now) => ({ ...now, servers })),
        () => undefined,
      )
    }
    refresh()
    const timer = setInterval(refresh, REFRESH)
    return () => {
      ended.abort()
      clearInterval(timer)
    }
  }, [organisationId])
  return state.servers
}
