import type { Path } from '@/lib/sessions/threads/tree'
import { Collection } from '@/lib/stores/collection'

/** A read-only picture of a session as it was, for the organisation's members. */
export interface Share {
  id: string
  sessionId: string
  organisationId: string
  title: string
  /** Messages up to this place were there. */
  position: number
  /** The thread that was shared; missing in a session without replaced questions: all messages up to `position`. */
  path?: Path
  /** Whether results of tools are part of it, each by the reader's own tool policy. */
  evidence: boolean
  /** `principalKey`. */
  createdBy: string
  createdAt: number
  /** Unix milliseconds; null: never. */
  expiresAt: number | null
}

export const shares = new Collection<Share>({
  name: 'shares',
  v: 1,
  indexes: (share) => [{ index: 'session', group: share.sessionId, sort: share.createdAt }],
})
