import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

/** Of new hashes, as OWASP's password storage sheet gives it: 32 MiB, three rounds. Tests lower it, nothing else may. */
export const passwordCost = { logarithm: 15, blockSize: 8, parallelism: 3 }
const KEY_BYTES = 32
export const PASSWORD_BYTES = { minimum: 8, maximum: 1024 }

/** `scrypt$15$8$3$salt$key`: the parameters are kept with the hash, so that they can grow later. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password, salt, passwordCost.logarithm, passwordCost.blockSize, passwordCost.parallelism)
  return [
    'scrypt',
    passwordCost.logarithm,
    passwordCost.blockSize,
    passwordCost.parallelism,
    encode(salt),
    encode(key),
  ].join('$')
}

/** Whether the password is the hashed one. A null hash takes as long and is never right. */
export async function matchesPassword(password: string, hash: string | null): Promise<boolean> {
  const [scheme, logarithm, blockSize, parallelism, salt, key] = (hash ?? '').split('$')
  if (scheme !== 'scrypt' || !salt || !key) {
    await derive(password, Buffer.alloc(16), passwordCost.logarithm, passwordCost.blockSize, passwordCost.parallelism)
    return false
  }
  const expected = Buffer.from(key, 'base64url')
  const actual = await derive(
    password,
    Buffer.from(salt, 'base64url'),
    Number(logarithm),
    Number(blockSize),
    Number(parallelism),
  )
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

const encode = (bytes: Buffer) => bytes.toString('base64url')

function derive(password: string, salt: Buffer, logarithm: number, r: number, p: number): Promise<Buffer> {
  const N = 2 ** logarithm
  const options: ScryptOptions = { N, r, p, maxmem: 256 * (N + p) * r + 1024 * 1024 }
  return new Promise((resolve, reject) =>
    // NFKC: the same password typed on another keyboard is the same bytes.
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, options, (error, key) =>
      error ? reject(error) : resolve(key),
    ),
  )
}
