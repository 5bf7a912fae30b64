import { createHash, randomFillSync } from 'node:crypto'

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz' // Crockford's base 32, lower case

/** `length` random characters of base 32 (5 bits each). */
export function randomId(length: number): string {
  let id = ''
  for (let count = 0; count < length; count += 1) id += ALPHABET[randomByte() & 31]
  return id
}

// Fetched in portions: a call of the system's generator costs more than an id.
const random = Buffer.alloc(1_024)
let used = random.length

function randomByte(): number {
  if (used === random.length) {
    randomFillSync(random)
    used = 0
  }
  const byte = random[used] as number
  random[used] = 0
  used += 1
  return byte
}

/** The kinds of resource whose id carries its organisation, so that a resource names its own partition. */
export type ResourceKind =
  | 'run'
  | 'ses'
  | 'ev'
  | 'apr'
  | 'shr'
  | 'mcp'
  | 'tok'
  | 'qm'
  | 'aud'
  | 'mdl'
  | 'inv'
  | 'att'
  | 'fbk'

/** A new organisation id: ten characters, no separator. */
export const newOrganisationId = () => randomId(10)

/** Whether this is how an organisation's id looks; a slug may look so too. */
export const looksLikeOrganisationId = (text: string) => /^[0-9a-z]{10}$/.test(text)

/** `{kind}_{organisation}_{time}{random}`; ids of one kind sort by the time they were made. */
export function newResourceId(kind: ResourceKind, organisationId: string): string {
  const time = Date.now().toString(36).padStart(9, '0')
  return `${kind}_${organisationId}_${time}${randomId(12)}`
}

/** The id of what a run makes once at most, however often it is taken over: the same seed gives the same id. */
export function derivedResourceId(kind: ResourceKind, organisationId: string, at: number, seed: string): string {
  let random = ''
  for (const byte of createHash('sha256').update(seed).digest().subarray(0, 12)) random += ALPHABET[byte & 31]
  return `${kind}_${organisationId}_${at.toString(36).padStart(9, '0')}${random}`
}

/** The organisation that an id of this kind names, or null when it is not such an id. It proves nothing by itself. */
export function organisationOf(kind: ResourceKind, id: string): string | null {
  const match = /^([a-z]+)_([0-9a-z]{10})_[0-9a-z]{21}$/.exec(id)
  return match && match[1] === kind ? (match[2] as string) : null
}
