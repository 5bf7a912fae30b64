import type { AuthorisationWorld } from '@/lib/http/testing/authorisation/world'

/** Who calls. `owner` is the editor whose session, run or other thing it is; `stranger` is another organisation's admin. */
export const ACTORS = ['nobody', 'viewer', 'editor', 'admin', 'owner', 'stranger', 'expired'] as const
export type Actor = (typeof ACTORS)[number]

export interface RequestToMake {
  /** With ids in the place of parameters, and the query. */
  path: string
  body?: unknown
  headers?: Record<string, string>
}

/** One call of the API: what each of the actors is answered. */
export interface Row {
  /** `GET /api/sessions/{id}` */
  call: string
  /** Which of its cases, when a call has several rows. */
  about?: string
  /** Arranges what the call is about, anew for each actor, and says what to ask. */
  request: (world: AuthorisationWorld, actor: Actor) => RequestToMake | Promise<RequestToMake>
  answers: Record<Actor, number>
}

/** Answers of a call that wants somebody: nobody and an expired token are 401. An owner who is not named is an editor. */
export const byRole = (
  answers: { viewer: number; editor: number; admin: number; stranger: number; owner?: number } & Partial<
    Record<Actor, number>
  >,
): Record<Actor, number> => ({ nobody: 401, expired: 401, owner: answers.editor, ...answers })

/** For admins only; to another organisation's admin it does not exist. */
export const adminOnly = (success: number) => byRole({ viewer: 403, editor: 403, admin: success, stranger: 404 })

/** Every member alike. */
export const membersOnly = (success: number) =>
  byRole({ viewer: success, editor: success, admin: success, stranger: 404 })

/** Whoever calls. */
export const everybody = (status: number): Record<Actor, number> => ({
  nobody: status,
  viewer: status,
  editor: status,
  admin: status,
  owner: status,
  stranger: status,
  expired: status,
})
