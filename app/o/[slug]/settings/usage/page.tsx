import type { Metadata } from 'next'
import { requireSettingsPage } from '@/app/o/[slug]/settings/require-settings-page'
import { PageFrame, Section } from '@/components/settings/page-frame'
import { BudgetForm } from '@/components/settings/usage/budget-form'
import { FeedbackList } from '@/components/settings/usage/feedback-list'
import { Usage } from '@/components/settings/usage/usage-page'
import { listFeedback } from '@/lib/sessions/feedback/list'
import { getBudget } from '@/lib/usage/budget'

export const metadata: Metadata = { title: 'Usage and cost' }

export default async function UsagePage({ params }: { params: Promise<{ slug: string }> }) {
  const access = await requireSettingsPage((await params).slug, 'viewer')
  if (access.denied) return access.denied
  const { ctx, organisationId, workspace } = access
  const isAdmin = workspace.current.role === 'admin'
  const [budget, feedback] = isAdmin
    ? await Promise.all([
        getBudget(ctx, { org: organisationId }),
        listFeedback(ctx, { org: organisationId, limit: 20 }),
      ])
    : [null, null]
  return (
    <PageFrame
      title="Usage and cost"
      wide
      description={isAdmin ? 'What the organisation’s questions took of its models.' : 'What your questions took.'}
    >
      <Usage organisationId={organisationId} everybody={isAdmin} />
      {budget && (
        <Section
          title="Budget of a month"
          description="At the warning, everybody reads so above the composer. At the stop, new questions are refused and running ones end before their next call of the model; what waits stays in its queue. It begins anew with each month (UTC)."
        >
          {budget.message && <p className="text-sm text-warn">{budget.message}</p>}
          <BudgetForm organisationId={organisationId} view={budget} />
        </Section>
      )}
      {feedback && (
        <Section title="Feedback" description="What people said about answers. Private sessions stay private.">
          <FeedbackList
            organisationId={organisationId}
            slug={workspace.current.organisation.slug}
            first={{ items: feedback.feedback, nextCursor: feedback.nextCursor }}
          />
        </Section>
      )}
    </PageFrame>
  )
}
