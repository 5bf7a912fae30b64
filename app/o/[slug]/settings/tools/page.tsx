import type { Metadata } from 'next'
import { Suspense } from 'react'
import { requireSettingsPage } from '@/app/o/[slug]/settings/require-settings-page'
import { PageFrame } from '@/components/settings/page-frame'
import { ToolsSettings } from '@/components/settings/tools/tools-settings'
import { listSwitches } from '@/lib/access/tool-switches'
import type { Ctx } from '@/lib/context'
import { describeToolPolicy } from '@/lib/mcp/manage/describe-policy'

export const metadata: Metadata = { title: 'Tools and policy' }

export default async function ToolsPage({ params }: { params: Promise<{ slug: string }> }) {
  const access = await requireSettingsPage((await params).slug, 'admin')
  if (access.denied) return access.denied
  return (
    <PageFrame
      wide
      title="Tools and policy"
      description="What the agent may do for whom: free, after a person has approved, or not at all."
    >
      {/* A server that hangs must not keep the page from being there. */}
      <Suspense fallback={<p className="text-sm text-muted">Asking the servers for their tools …</p>}>
        <Loaded ctx={access.ctx} organisationId={access.organisationId} />
      </Suspense>
    </PageFrame>
  )
}

async function Loaded({ ctx, organisationId }: { ctx: Ctx; organisationId: string }) {
  const [governance, switches] = await Promise.all([
    describeToolPolicy(ctx, { organisationId }),
    listSwitches(ctx, { organisationId }),
  ])
  return <ToolsSettings organisationId={organisationId} governance={governance} switches={switches} />
}
