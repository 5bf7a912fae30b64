import type { Metadata } from 'next'
import { requireSettingsPage } from '@/app/o/[slug]/settings/require-settings-page'
import { NewServer } from '@/components/settings/mcp/new-server'
import { PageFrame } from '@/components/settings/page-frame'

export const metadata: Metadata = { title: 'Add an MCP server' }

export default async function NewMcpServerPage({ params }: { params: Promise<{ slug: string }> }) {
  const { slug } = await params
  const access = await requireSettingsPage(slug, 'admin')
  if (access.denied) return access.denied
  return (
    <PageFrame title="Add an MCP server" description="Nothing is stored before you save; test it first if you like.">
      <NewServer slug={slug} organisationId={access.organisationId} />
    </PageFrame>
  )
}
