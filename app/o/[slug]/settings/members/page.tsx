import type { Metadata } from 'next'
import { requireSettingsPage } from '@/app/o/[slug]/settings/require-settings-page'
import { InvitationsTable } from '@/components/settings/members/invitations-table'
import { InviteButton } from '@/components/settings/members/invite-button'
import { MembersTable } from '@/components/settings/members/members-table'
import { PageFrame, Section } from '@/components/settings/page-frame'
import { listInvitations } from '@/lib/access/invitations'
import { listMembers } from '@/lib/access/member-administration'

export const metadata: Metadata = { title: 'Members' }

export default async function MembersPage({ params }: { params: Promise<{ slug: string }> }) {
  const access = await requireSettingsPage((await params).slug, 'admin')
  if (access.denied) return access.denied
  const { ctx, organisationId, workspace } = access
  const [members, invitations] = await Promise.all([
    listMembers(ctx, { org: organisationId, limit: 100 }),
    listInvitations(ctx, { org: organisationId, limit: 50 }),
  ])
  return (
    <PageFrame
      wide
      title="Members"
      description="Who belongs to the organisation, and what they may do. A changed role counts from the next tool call on, also in runs that are under way."
      actions={<InviteButton organisationId={organisationId} />}
    >
      <MembersTable
        organisationId={organisationId}
        ownId={workspace.user.id}
        first={{ items: members.members, nextCursor: members.nextCursor }}
      />
      <Section title="Invitations">
        <InvitationsTable
          organisationId={organisationId}
          first={{ items: invitations.invitations, nextCursor: invitations.nextCursor }}
        />
      </Section>
    </PageFrame>
  )
}
