import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** SHA-256: the secret is random, so that a slow hash would add nothing. */
const digest = (secret: string) => createHash('sha256').update(secret).digest('hex')

/** 256 random bits for a link, and what is kept of them. */
export function newLinkSecret(): { secret: string; hash: string } {
  const secret = randomBytes(32).toString('base64url')
  return { secret, hash: digest(secret) }
}

/** `{id}.{secret}`: the id says where to look, the secret decides. */
export const joinLink = (id: string, secret: string) => `${id}.${secret}`

/** The two parts of a link's text; null when it is none. */
export function splitLink(text: string): { id: string; secret: string } | null {
  const match = /^([a-z0-9_]{1,60})\.([A-Za-z0-9_-]{43})$/.exec(text)
  return match ? { id: match[1] as string, secret: match[2] as string } : null
}

/** Whether the secret is the one of the hash. */
export const matchesLink = (secret: string, hash: string) => {
  const [one, other] = [Buffer.from(digest(secret)), Buffer.from(hash)]
  return one.length === other.length && timingSafeEqual(one, other)
}
