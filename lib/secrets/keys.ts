import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface SecretKey {
  id: string
  /** 32 bytes. */
  key: Buffer
}

/** `keyId:base64`, several separated by commas or white space; null when it is none of that. */
export function decodeSecretKeys(value: string): [SecretKey, ...SecretKey[]] | null {
  const keys: SecretKey[] = []
  for (const part of value.split(/[\s,]+/).filter(Boolean)) {
    const match = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/_-]{43}=?)$/.exec(part)
    const key = Buffer.from(match?.[2] ?? '', 'base64')
    if (!match?.[1] || key.length !== 32 || keys.some(({ id }) => id === match[1])) return null
    keys.push({ id: match[1], key })
  }
  const [first, ...rest] = keys
  return first ? [first, ...rest] : null
}

export const newSessionSecret = () => randomBytes(32).toString('base64')
export const newSecretKey = () => `k1:${randomBytes(32).toString('base64')}`

/**
 * The secret kept in `{directory}/secrets/{name}`, made at the first call. Two processes that start at once agree: a
 * whole file is linked into place, and only the first link succeeds.
 */
export function keepSecret(directory: string, name: string, make: () => string): string {
  const folder = join(directory, 'secrets')
  const file = join(folder, name)
  const existing = readSecret(file)
  if (existing) return existing
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(draft, `${make()}\n`, { mode: 0o600, flag: 'wx', flush: true })
  try {
    linkSync(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    unlinkSync(draft)
  }
  const kept = readSecret(file)
  if (!kept)
    throw new Error(`The file ${file} is empty: restore it from a copy, or remove it to have a new secret made.`)
  return kept
}

function readSecret(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
