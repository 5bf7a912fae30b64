import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createSecretBox } from '@/lib/secrets/secret-box'

const key = (id: string) => ({ id, key: randomBytes(32) })
const [old, fresh] = [key('old'), key('new')]

describe('the secret box', () => {
  it('opens what it sealed, and never seals twice alike', () => {
    const box = createSecretBox([old])
    const secret = 'grüße-from-a-secret-place'
    const sealed = box.seal(secret, 'acme')
    expect(box.open(sealed, 'acme')).toBe(secret)
    expect(box.seal(secret, 'acme')).not.toEqual(sealed)
    expect(sealed.sealed).not.toContain('from-a-secret-place')
    const bytes = Buffer.from(sealed.sealed.slice('old.'.length), 'base64url')
    expect(bytes.includes('from-a-secret-place')).toBe(false)
    expect(box.open(box.seal('', 'acme'), 'acme')).toBe('')
  })

  it('does not open for another organisation, nor when a character was changed or cut off', () => {
    const box = createSecretBox([old])
    const { sealed } = box.seal('secret', 'acme')
    expect(() => box.open({ sealed }, 'globex')).toThrow(/cannot be opened/)
    const altered = sealed.slice(0, -2) + (sealed.at(-2) === 'A' ? 'B' : 'A') + sealed.slice(-1)
    expect(() => box.open({ sealed: altered }, 'acme')).toThrow(/cannot be opened/)
    expect(() => box.open({ sealed: sealed.slice(0, 20) }, 'acme')).toThrow(/cannot be opened/)
  })

  it('seals with the newest key and opens with all', () => {
    const before = createSecretBox([old]).seal('secret', 'acme')
    const rotated = createSecretBox([fresh, old])
    expect(rotated.open(before, 'acme')).toBe('secret')
    expect(rotated.isCurrent(before)).toBe(false)
    expect(rotated.isCurrent(rotated.seal('secret', 'acme'))).toBe(true)
    expect(() => createSecretBox([fresh]).open(before, 'acme')).toThrow(/lacks/)
  })
})
