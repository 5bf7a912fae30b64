import { type Api, ApiError } from '@/components/chat/live/api'
import type { SessionStore } from '@/components/chat/live/session-state'

/** What is done with the questions that wait in a session. Shown at once; actions reject with an `ApiError`. */
export interface QueueActions {
  editQueued: (sessionId: string, id: string, message: string) => Promise<void>
  /** Before which item; null: to the end. */
  moveQueued: (sessionId: string, id: string, before: string | null) => Promise<void>
  /** It goes first, and what runs is stopped for it. */
  sendQueuedNow: (sessionId: string, id: string) => Promise<void>
  removeQueued: (sessionId: string, id: string) => Promise<void>
  resumeQueue: (sessionId: string) => Promise<void>
}

const path = (sessionId: string, rest = '') => `/api/sessions/${encodeURIComponent(sessionId)}/queue${rest}`

export function createQueueActions(api: Api, session: (sessionId: string) => SessionStore): QueueActions {
  /** Optimistic: shows the queue as it is going to be, and takes that back when the server refuses. */
  async function changeQueue(
    sessionId: string,
    change: Parameters<SessionStore['setQueue']>[0],
    call: () => Promise<unknown>,
  ) {
    const takeBack = session(sessionId).setQueue(change)
    try {
      await call()
    } catch (error) {
      // What came meanwhile must not give way to the queue as it was before; the server knows what it is now.
      const isBack = takeBack()
      if (!isBack || (error instanceof ApiError && error.status === 404)) void session(sessionId).load()
      throw error
    }
  }

  return {
    editQueued: (sessionId, id, message) =>
      changeQueue(
        sessionId,
        (queue) => queue.map((item) => (item.id === id ? { ...item, message } : item)),
        () => api('PATCH', path(sessionId, `/${encodeURIComponent(id)}`), { body: { message } }),
      ),
    moveQueued: (sessionId, id, before) =>
      changeQueue(
        sessionId,
        (queue) => {
          const moved = queue.filter((item) => item.id === id)
          const others = queue.filter((item) => item.id !== id)
          const at = others.findIndex((item) => item.id === before)
          return others.toSpliced(at < 0 ? others.length : at, 0, ...moved)
        },
        () => api('PATCH', path(sessionId, `/${encodeURIComponent(id)}`), { body: { before } }),
      ),
    sendQueuedNow: (sessionId, id) =>
      changeQueue(
        sessionId,
        (queue) => [...queue.filter((item) => item.id === id), ...queue.filter((item) => item.id !== id)],
        () => api('POST', path(sessionId, `/${encodeURIComponent(id)}/now`)),
      ),
    removeQueued: (sessionId, id) =>
      changeQueue(
        sessionId,
        (queue) => queue.filter((item) => item.id !== id),
        () => api('DELETE', path(sessionId, `/${encodeURIComponent(id)}`)),
      ),
    resumeQueue: async (sessionId) => {
      await api('POST', path(sessionId, '/resume'), { body: {} })
      session(sessionId).setSession({ queuePaused: false })
    },
  }
}
