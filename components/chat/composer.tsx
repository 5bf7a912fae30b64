'use client'

import { ArrowUp, LoaderCircle, Square } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react'
import { messageOf } from '@/components/api/request'
import { AttachButton } from '@/components/chat/attachments/attach-button'
import { AttachedChips } from '@/components/chat/attachments/attached-chips'
import type { ReadyItem } from '@/components/chat/attachments/tray'
import { useAttaching } from '@/components/chat/attachments/use-attaching'
import { BusyChoice, type WhenBusy } from '@/components/chat/busy-choice'
import { draftKey } from '@/components/chat/drafts'
import { isTooLong, TOO_LONG } from '@/components/chat/message-length'
import { useDraft } from '@/components/chat/use-draft'
import { useRecall } from '@/components/chat/use-recall'
import { useControl } from '@/components/commands/controls'
import { IconButton } from '@/components/ui/button'
import { isComposing } from '@/components/ui/keyboard'
import { SkipTo } from '@/components/ui/skip-links'
import { useGrowing } from '@/components/ui/use-growing'
import type { AttachedFile } from '@/lib/agent/attached'

/** `kept`: it waits in the thread until the server is in reach. Rejects when the text is to be given back. */
export type SendMessage = (
  message: string,
  whenBusy: WhenBusy,
  attachments: readonly AttachedFile[],
) => Promise<'sent' | 'kept'>

interface ComposerProps {
  sessionId: string | null
  organisationId: string
  busy: boolean
  stopping: boolean
  /** Something else stands in its place. */
  away: boolean
  /** A text to start from, each time its number changes. */
  suggestion?: { text: string; number: number }
  /** Null: the organisation's default. */
  chosenModel: string | null
  /** Where one chooses who answers. */
  modelChoice: ReactNode
  onSend: SendMessage
  onStop: () => void
}

/** Where one writes. The text stays until the server has it. */
export function Composer({
  sessionId,
  organisationId,
  busy,
  stopping,
  away,
  suggestion,
  chosenModel,
  modelChoice,
  onSend,
  onStop,
}: ComposerProps) {
  const key = draftKey(sessionId, organisationId)
  const { text, change, adopt, restore, clear } = useDraft(key)
  const [whenBusy, setWhenBusy] = useState<WhenBusy>('queue')
  const [sending, setSending] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const area = useRef<HTMLTextAreaElement>(null)
  const recall = useRecall(sessionId)
  const attaching = useAttaching(key, organisationId, chosenModel)
  const { tray } = attaching
  useGrowing(area, text)
  useControl(
    'focusComposer',
    useMemo(() => (away ? null : () => area.current?.focus()), [away]),
  )

  useEffect(() => {
    // The server sends the field before the scripts are there: who types at once is not to lose it.
    if (area.current?.value) adopt(area.current.value)
  }, [adopt])

  useEffect(() => {
    // A keyboard that covers half of the screen is not to be opened unasked.
    if (window.matchMedia('(pointer: fine)').matches) area.current?.focus({ preventScroll: true })
  }, [])

  const suggested = useRef(suggestion?.number)
  useEffect(() => {
    if (!suggestion || suggested.current === suggestion.number) return
    suggested.current = suggestion.number
    change(suggestion.text)
    area.current?.focus()
  }, [suggestion, change])

  const message = text.trim()
  const isLong = isTooLong(message)
  const saysSomething = message !== '' || attaching.items.length > 0
  const maySend = saysSomething && !sending && !isLong && attaching.problem === null

  const send = async () => {
    if (!maySend) return
    setSending(true)
    setError(null)
    const taken: ReadyItem[] = []
    try {
      const ready = await tray.settled()
      // The only file was taken out while it was waited for.
      if (message === '' && ready.length === 0) return
      // In a session the thread shows the message at once, and the client keeps it from then on.
      if (sessionId !== null) {
        clear(text, key)
        tray.forget(ready)
        taken.push(...ready)
      }
      const files = ready.map(({ file }) => file)
      const outcome = await onSend(message, whenBusy, files)
      if (outcome === 'sent' && sessionId === null) {
        clear(text, key)
        tray.forget(ready)
      }
      setWhenBusy('queue')
    } catch (failure) {
      restore(text)
      tray.giveBack(taken)
      setError(messageOf(failure))
    } finally {
      setSending(false)
      if (document.activeElement === document.body) area.current?.focus()
    }
  }

  /** A text that was taken for a file stands in the question after all. */
  const putBack = async (item: string) => {
    try {
      change(await attaching.putBack(item, text))
      area.current?.focus()
    } catch (failure) {
      setError(messageOf(failure))
    }
  }

  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event)) return
    const recalled = recall.onKey(event, text, area.current)
    if (recalled !== null) {
      event.preventDefault()
      change(recalled)
      return
    }
    if (event.key !== 'Enter' || event.shiftKey || event.altKey) return
    event.preventDefault()
    void send()
  }

  const problem = isLong ? TOO_LONG : (error ?? attaching.problem)
  const sendWord = !busy ? 'Send' : whenBusy === 'queue' ? 'Add to the queue' : 'Stop and send now'
  return (
    <form
      aria-label="Message"
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      {!away && <SkipTo id="composer">Skip to your question</SkipTo>}
      {problem && (
        <p role="alert" className="mb-1.5 px-1 text-xs text-danger">
          {error && !isLong ? `Not sent: ${problem}` : problem}
        </p>
      )}
      <div className="rounded-xl border border-line-strong bg-surface shadow-rest transition-colors focus-within:border-(--focus) focus-within:ring-2 focus-within:ring-(--focus)/20">
        <AttachedChips
          items={attaching.items}
          takesImages={attaching.takesImages}
          onRetry={tray.retry}
          onRemove={(item) => {
            tray.remove(item)
            area.current?.focus()
          }}
          onTakeText={putBack}
        />
        <textarea
          ref={area}
          id="composer"
          data-testid="composer"
          rows={1}
          value={text}
          aria-label="Your question"
          placeholder={busy ? 'Ask the next thing…' : 'Ask about your systems…'}
          onChange={(event) => {
            setError(null)
            change(event.target.value)
          }}
          onKeyDown={onKeyDown}
          onPaste={attaching.onPaste}
          className="block max-h-[40dvh] w-full resize-none bg-transparent px-3.5 pt-3 pb-1 text-base leading-6 outline-none"
        />
        <div className="flex min-h-11 items-center gap-2 pr-1.5 pb-1.5 pl-1.5">
          <div className="flex min-w-0 flex-1 items-center gap-1">
            <AttachButton takesImages={attaching.takesImages} onChoose={tray.add} />
            {busy ? <BusyChoice value={whenBusy} onChange={setWhenBusy} /> : modelChoice}
          </div>
          {(busy || sending) && (
            <IconButton
              label={stopping ? 'Stopping…' : 'Stop'}
              data-testid="stop"
              disabled={stopping}
              onClick={onStop}
              className="border border-line-strong text-ink"
            >
              {stopping ? (
                <LoaderCircle size={15} aria-hidden className="animate-spin" />
              ) : (
                <Square size={13} aria-hidden fill="currentColor" />
              )}
            </IconButton>
          )}
          <button
            type="submit"
            data-testid="send"
            disabled={!maySend}
            aria-label={sendWord}
            title={sendWord}
            className="inline-flex size-9 shrink-0 items-center justify-center rounded-lg bg-accent text-accent-ink transition-colors hover:bg-accent-strong disabled:bg-line disabled:text-faint"
          >
            {sending ? (
              <LoaderCircle size={17} aria-hidden className="animate-spin" />
            ) : (
              <ArrowUp size={18} aria-hidden strokeWidth={2.25} />
            )}
          </button>
        </div>
      </div>
    </form>
  )
}
