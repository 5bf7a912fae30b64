import type { Ctx } from '@/lib/context'
import { badRequest, LongwatchError } from '@/lib/errors'
import type { EventStream } from '@/lib/http/sse'
import { type SessionCursor, type SessionEvent, watchSession } from '@/lib/sessions/watch'
import { watchOrganisation } from '@/lib/sessions/watch-organisation'

export type Watch =
  | { kind: 'session'; text: string; sessionId: string; cursor: SessionCursor | null }
  | { kind: 'org'; text: string; organisationId: string }

const SESSION = /^session:([A-Za-z0-9_]{1,100})(?:@([A-Za-z0-9_]{1,100})\.(\d{1,15}))?$/
const ORGANISATION = /^org:([A-Za-z0-9_-]{1,100})$/

/** Reads `watch` parameters; a 400 for field `watch` when one has another form. */
export function parseWatches(texts: string[]): Watch[] {
  return texts.map((text) => {
    const session = SESSION.exec(text)
    if (session?.[1]) {
      const [, sessionId, runId, n] = session
      return { kind: 'session', text, sessionId, cursor: runId ? { runId, n: Number(n) } : null }
    }
    const organisation = ORGANISATION.exec(text)
    if (organisation?.[1]) return { kind: 'org', text, organisationId: organisation[1] }
    throw badRequest('watch', 'Expected session:{id}, session:{id}@{runId}.{n} or org:{id}.')
  })
}

/**
 * Runs all watches into one stream. One that is refused is reported there and does not end the others; when the
 * store fails the stream ends, to be taken up again by cursor.
 */
export async function runWatches(ctx: Ctx, watches: Watch[], stream: EventStream): Promise<void> {
  await Promise.all(watches.map((watch) => runWatch(ctx, watch, stream)))
  // Refused watches leave nothing to wait for but the reader's end.
  if (!stream.signal.aborted) {
    await new Promise<void>((resolve) => stream.signal.addEventListener('abort', () => resolve(), { once: true }))
  }
}

async function runWatch(ctx: Ctx, watch: Watch, stream: EventStream): Promise<void> {
  try {
    if (watch.kind === 'session') {
      const { sessionId, cursor } = watch
      await watchSession(ctx, {
        sessionId,
        cursor,
        signal: stream.signal,
        deliver: (event) => stream.write(sessionFrames(sessionId, event)),
      })
    } else {
      const { organisationId } = watch
      await watchOrganisation(ctx, {
        organisationId,
        signal: stream.signal,
        deliver: (change) => stream.write(frame('org', { organisationId, ...change })),
      })
    }
  } catch (error) {
    const refused = error instanceof LongwatchError && (error.code === 'not_found' || error.code === 'forbidden')
    if (!refused) throw error
    await stream.write(frame('error', { watch: watch.text, error: { code: error.code, message: error.message } }))
  }
}

const frame = (event: string, data: unknown) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`

function sessionFrames(sessionId: string, event: SessionEvent): string {
  switch (event.kind) {
    case 'session': {
      const { queue, ...session } = event.head
      return frame('session', { sessionId, version: event.version, snapshot: event.snapshot, session, queue })
    }
    case 'message':
      return frame('message', {
        sessionId,
        position: event.position,
        message: event.message,
        ...(event.after === undefined ? {} : { after: event.after }),
      })
    case 'log':
      return frame('log', { sessionId, runId: event.runId, logId: event.logId, after: event.after })
    case 'run': {
      // The stored text goes out as it is: nothing is parsed again for each watcher.
      const head = `event: run\ndata: {"sessionId":${JSON.stringify(sessionId)},"runId":${JSON.stringify(event.runId)},"n":`
      let text = ''
      for (const { n, data } of event.entries) text += `${head}${n},"chunk":${data}}\n\n`
      return text
    }
  }
}
