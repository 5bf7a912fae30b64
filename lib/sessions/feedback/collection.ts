import { Collection } from '@/lib/stores/collection'

export const RATINGS = ['up', 'down'] as const
export type Rating = (typeof RATINGS)[number]

/** What one person said about one answer. */
export interface Feedback {
  id: string
  organisationId: string
  sessionId: string
  messageId: string
  /** `principalKey`. */
  by: string
  /** As they were called then. */
  name: string
  rating: Rating
  comment: string | null
  /** The model that answered, when it is known. */
  model: string | null
  /** Unix milliseconds, of the last change. */
  at: number
}

/** What a principal said in one session. */
export const ownGroup = (sessionId: string, by: string) => `${sessionId} ${by}`

export const feedback = new Collection<Feedback>({
  name: 'feedback',
  v: 1,
  indexes: (item) => [
    { index: 'all', group: 'all', sort: item.at },
    { index: 'session', group: item.sessionId, sort: item.at },
    { index: 'own', group: ownGroup(item.sessionId, item.by), sort: item.at },
  ],
})
