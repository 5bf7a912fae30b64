import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { LongwatchError } from '@/lib/errors'
import type { SealedText } from '@/lib/mcp/config'
import type { SecretBox } from '@/lib/secrets'
import type { SecretKey } from '@/lib/secrets/keys'

const NONCE_BYTES = 12
const TAG_BYTES = 16

export interface RotatingSecretBox extends SecretBox {
  /** Whether the newest key sealed it; if not, seal it anew when you can. */
  isCurrent(sealed: SealedText): boolean
}

/** A box over the keys of `LONGWATCH_SECRET_KEY`: the first seals, all open. Sealed text is `keyId.base64url(nonce, tag, text)`. */
export function createSecretBox(keys: [SecretKey, ...SecretKey[]]): RotatingSecretBox {
  const [newest] = keys
  return {
    seal(plain, organisationId) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', newest.key, nonce)
      cipher.setAAD(Buffer.from(organisationId))
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return { sealed: `${newest.id}.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}` }
    },

    open({ sealed }, organisationId) {
      const [keyId, payload] = splitSealed(sealed)
      const key = keys.find(({ id }) => id === keyId)
      if (!key)
        throw new LongwatchError('internal', 'A stored secret was sealed with a key that LONGWATCH_SECRET_KEY lacks.')
      try {
        const bytes = Buffer.from(payload, 'base64url')
        const decipher = createDecipheriv('aes-256-gcm', key.key, bytes.subarray(0, NONCE_BYTES), {
          authTagLength: TAG_BYTES,
        })
        decipher.setAAD(Buffer.from(organisationId))
        decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
        const body = bytes.subarray(NONCE_BYTES + TAG_BYTES)
        return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8')
      } catch (cause) {
        throw new LongwatchError('internal', 'A stored secret cannot be opened: wrong key or altered text.', { cause })
      }
    },

    isCurrent: ({ sealed }) => splitSealed(sealed)[0] === newest.id,
  }
}

function splitSealed(sealed: string): [string, string] {
  const dot = sealed.indexOf('.')
  return [sealed.slice(0, dot), sealed.slice(dot + 1)]
}
