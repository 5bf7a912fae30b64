import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { requireSettingsPage } from '@/app/o/[slug]/settings/require-settings-page'
import { ServerDetails } from '@/components/settings/mcp/server-details'
import { LongwatchError } from '@/lib/errors'
import { organisationOf } from '@/lib/ids'
import { getServer } from '@/lib/mcp/servers/list'

export const metadata: Metadata = { title: 'MCP server' }

export default async function McpServerPage({ params }: { params: Promise<{ slug: string; serverId: string }> }) {
  const { slug, serverId } = await params
  const access = await requireSettingsPage(slug, 'admin')
  if (access.denied) return access.denied
  const { ctx, organisationId } = access
  if (organisationOf('mcp', serverId) !== organisationId) notFound()
  const server = await getServer(ctx, { serverId }).catch((error: unknown) => {
    if (error instanceof LongwatchError && error.code === 'not_found') notFound()
    throw error
  })
  return <ServerDetails slug={slug} organisationId={organisationId} server={server} />
}
