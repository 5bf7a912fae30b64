'use client'

import { ThumbsDown, ThumbsUp } from 'lucide-react'
import Link from 'next/link'
import { sessionPath } from '@/components/sessions/paths'
import { useMore } from '@/components/settings/use-more'
import { Button } from '@/components/ui/button'
import { Moment } from '@/components/ui/moment'
import { DataTable } from '@/components/ui/table'
import type { FeedbackView } from '@/lib/sessions/feedback/list'

/** What people said about answers, the newest first, with a way to the answer where the reader may go there. */
export function FeedbackList({
  organisationId,
  slug,
  first,
}: {
  organisationId: string
  slug: string
  first: { items: FeedbackView[]; nextCursor: string | null }
}) {
  const path = `/api/feedback?org=${encodeURIComponent(organisationId)}`
  const { items, hasMore, busy, loadMore } = useMore(first, { path, name: 'feedback' })
  return (
    <div className="grid gap-3">
      <DataTable
        caption="What people said about answers, newest first"
        rows={items}
        rowKey={({ id }) => id}
        rowAttributes={({ rating }) => ({ 'data-testid': 'feedback-row', 'data-rating': rating })}
        empty="Nobody has rated an answer yet."
        columns={[
          {
            key: 'rating',
            header: 'Rating',
            className: '@2xl:w-24',
            cell: ({ rating }) => <RatingWord rating={rating} />,
          },
          {
            key: 'comment',
            header: 'Comment',
            cell: ({ comment }) =>
              comment ? (
                <span className="whitespace-pre-wrap">{comment}</span>
              ) : (
                <span className="text-faint">none</span>
              ),
          },
          { key: 'name', header: 'Who', cell: ({ name }) => name },
          {
            key: 'answer',
            header: 'Answer',
            cell: ({ title, sessionId, messageId }) =>
              title === null ? (
                <span className="text-muted">in a private session</span>
              ) : (
                <Link
                  href={`${sessionPath(slug, sessionId)}#${encodeURIComponent(messageId)}`}
                  className="underline underline-offset-2"
                >
                  {title || 'New session'}
                </Link>
              ),
          },
          { key: 'model', header: 'Model', cell: ({ model }) => <span className="text-muted">{model ?? '–'}</span> },
          { key: 'at', header: 'When', cell: ({ at }) => <Moment at={at} /> },
        ]}
      />
      {hasMore && (
        <Button variant="quiet" busy={busy} onClick={loadMore} className="justify-self-center">
          Show older ones
        </Button>
      )}
    </div>
  )
}

function RatingWord({ rating }: { rating: FeedbackView['rating'] }) {
  const Icon = rating === 'up' ? ThumbsUp : ThumbsDown
  return (
    <span className="inline-flex items-center gap-1.5">
      <Icon size={13} aria-hidden className={rating === 'up' ? 'text-ok' : 'text-danger'} />
      {rating === 'up' ? 'good' : 'bad'}
    </span>
  )
}
