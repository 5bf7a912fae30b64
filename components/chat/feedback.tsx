'use client'

import { ThumbsDown, ThumbsUp } from 'lucide-react'
import { type FormEvent, useId, useRef, useState } from 'react'
import { type Rating, useFeedback } from '@/components/chat/feedback-context'
import { Button } from '@/components/ui/button'
import { cx } from '@/components/ui/cx'
import { toastError } from '@/components/ui/toaster'

const THUMBS = [
  { rating: 'up', label: 'Good answer', icon: ThumbsUp },
  { rating: 'down', label: 'Bad answer', icon: ThumbsDown },
] as const

/** Two thumbs; after one, what was good or wrong may be said in words. Pressed again, it is taken back. */
export function Feedback({ messageId }: { messageId: string }) {
  const feedback = useFeedback()
  const [asks, setAsks] = useState(false)
  const [busy, setBusy] = useState(false)
  const up = useRef<HTMLButtonElement>(null)
  if (!feedback?.given) return null
  const mine = feedback.given.get(messageId)

  const give = async (rating: Rating | null, comment: string | null) => {
    setBusy(true)
    try {
      await feedback.give(messageId, rating && { rating, comment })
      return true
    } catch (error) {
      toastError('Not kept', error)
      return false
    } finally {
      setBusy(false)
    }
  }

  const press = async (rating: Rating) => {
    const takesBack = mine?.rating === rating
    if (await give(takesBack ? null : rating, takesBack ? null : (mine?.comment ?? null))) setAsks(!takesBack)
  }

  return (
    <>
      {THUMBS.map(({ rating, label, icon: Icon }) => (
        <button
          key={rating}
          ref={rating === 'up' ? up : undefined}
          type="button"
          aria-label={label}
          aria-pressed={mine?.rating === rating}
          title={label}
          // Not disabled while it is kept: the focus would be lost.
          aria-busy={busy || undefined}
          onClick={() => !busy && press(rating)}
          className={cx(
            'inline-flex size-6 items-center justify-center rounded-sm hover:bg-hover hover:text-ink',
            mine?.rating === rating ? 'text-accent' : 'text-faint',
          )}
        >
          <Icon size={13} aria-hidden className={cx(mine?.rating === rating && 'fill-current')} />
        </button>
      ))}
      {asks && mine && (
        <CommentForm
          key={mine.rating}
          rating={mine.rating}
          comment={mine.comment ?? ''}
          busy={busy}
          onDone={async (comment) => {
            if (comment !== null && !(await give(mine.rating, comment.trim() || null))) return
            setAsks(false)
            up.current?.focus()
          }}
        />
      )}
    </>
  )
}

function CommentForm({
  rating,
  comment,
  busy,
  onDone,
}: {
  rating: Rating
  comment: string
  busy: boolean
  /** Null: without a word. */
  onDone: (comment: string | null) => void
}) {
  const [text, setText] = useState(comment)
  const id = useId()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onDone(text)
  }
  return (
    <form onSubmit={submit} className="mt-1 grid w-full basis-full gap-1.5 max-sm:pl-3" data-testid="feedback-form">
      <label htmlFor={id} className="text-xs text-muted">
        {rating === 'up' ? 'What was good about it?' : 'What was wrong with it?'} Your administrators read this, with
        your name.
      </label>
      <textarea
        id={id}
        value={text}
        maxLength={2_000}
        rows={2}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || event.nativeEvent.isComposing) return
          event.stopPropagation()
          onDone(null)
        }}
        className="w-full rounded-md border border-line-strong bg-surface px-2.5 py-1.5 text-sm"
      />
      <div className="flex gap-1.5">
        <Button type="submit" size="small" variant="primary" busy={busy}>
          Send
        </Button>
        <Button size="small" variant="quiet" onClick={() => onDone(null)}>
          Without a word
        </Button>
      </div>
    </form>
  )
}
