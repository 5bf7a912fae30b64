import type { Metadata } from 'next'
import { requireSettingsPage } from '@/app/o/[slug]/settings/require-settings-page'
import { PageFrame } from '@/components/settings/page-frame'
import { CreateTokenButton } from '@/components/settings/tokens/create-token-button'
import { TokensTable } from '@/components/settings/tokens/tokens-table'
import { listTokens } from '@/lib/access/token-administration'

export const metadata: Metadata = { title: 'API tokens' }

export default async function TokensPage({ params }: { params: Promise<{ slug: string }> }) {
  const access = await requireSettingsPage((await params).slug, 'viewer')
  if (access.denied) return access.denied
  const { ctx, organisationId, workspace } = access
  const { role } = workspace.current
  const { tokens, nextCursor } = await listTokens(ctx, { org: organisationId, limit: 50 })
  return (
    <PageFrame
      wide
      title="API tokens"
      description={
        role === 'admin'
          ? 'Keys for scripts, bound to this organisation: yours and everybody else’s.'
          : 'Your keys for scripts, bound to this organisation.'
      }
      actions={<CreateTokenButton organisationId={organisationId} ownRole={role} />}
    >
      <TokensTable organisationId={organisationId} first={{ items: tokens, nextCursor }} />
    </PageFrame>
  )
}
