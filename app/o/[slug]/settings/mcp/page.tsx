import { Plus } from 'lucide-react'
import type { Metadata } from 'next'
import Link from 'next/link'
import { requireSettingsPage } from '@/app/o/[slug]/settings/require-settings-page'
import { ServerList } from '@/components/settings/mcp/server-list'
import { settingsPath } from '@/components/settings/navigation'
import { PageFrame } from '@/components/settings/page-frame'
import { buttonClass } from '@/components/ui/button'
import { listServers } from '@/lib/mcp/servers/list'

export const metadata: Metadata = { title: 'MCP servers' }

export default async function McpServersPage({ params }: { params: Promise<{ slug: string }> }) {
  const { slug } = await params
  const access = await requireSettingsPage(slug, 'admin')
  if (access.denied) return access.denied
  const { ctx, organisationId } = access
  const { servers } = await listServers(ctx, { org: organisationId })
  return (
    <PageFrame
      title="MCP servers"
      wide
      description="Where the agent’s tools come from. Who may use which tool is decided under Tools and policy."
      actions={
        <Link
          href={settingsPath(slug, 'mcp/new')}
          className={buttonClass({ variant: 'primary' })}
          data-testid="add-server"
        >
          <Plus size={16} aria-hidden />
          Add a server
        </Link>
      }
    >
      <ServerList slug={slug} organisationId={organisationId} servers={servers} />
    </PageFrame>
  )
}
