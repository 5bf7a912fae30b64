import { randomBytes } from 'node:crypto'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { badRequest } from '@/lib/errors'
import { decodeSecretKeys, type SecretKey } from '@/lib/secrets/keys'
import { resealStore } from '@/lib/secrets/reseal'
import { createSecretBox } from '@/lib/secrets/secret-box'
import { openAlone } from '@/lib/stores/sqlite/transfer'
import { fileOf, openSource, openStore, runCommand } from './open-store.ts'

const encode = ({ id, key }: SecretKey) => `${id}:${key.toString('base64')}`

function newKey(keys: SecretKey[]): SecretKey {
  const numbers = keys.map(({ id }) => Number(/^k(\d+)$/.exec(id)?.[1] ?? 0))
  return { id: `k${Math.max(...numbers) + 1}`, key: randomBytes(32) }
}

function keep(file: string, keys: SecretKey[]) {
  writeFileSync(`${file}.next`, `${keys.map(encode).join(',')}\n`, { mode: 0o600, flush: true })
  renameSync(`${file}.next`, file)
}

await runCommand(async (environment) => {
  let keys: [SecretKey, ...SecretKey[]] = environment.secretKeys
  const isKept = !process.env.LONGWATCH_SECRET_KEY
  const file = join(environment.dataDirectory, 'secrets/secret-key')
  if (isKept) {
    // A server that runs does not know the new key: it could not open what is sealed with it.
    openAlone(fileOf(environment)).close()
    keys = [newKey(keys), ...keys]
    keep(file, keys)
  } else if (keys.length === 1) {
    const next = newKey(keys)
    if (!decodeSecretKeys(encode(next))) throw badRequest('LONGWATCH_SECRET_KEY', 'The key cannot be written.')
    console.log(
      'LONGWATCH_SECRET_KEY holds one key only. To rotate, give every instance these two, restart them, and run this again:',
    )
    console.log('a new key (it is shown this once), a comma, and the key that is there now. A new key:')
    console.log(encode(next))
    return
  }
  const store = await openStore(environment)
  try {
    const report = await resealStore(store, () => openSource(environment), createSecretBox(keys))
    const total = report.current + report.resealed
    console.log(
      `${report.resealed} secrets in ${report.documents} records were sealed anew with ${keys[0].id}; ${total} are sealed with it now.`,
    )
  } finally {
    await store.close()
  }
  if (isKept) {
    keep(file, [keys[0]])
    console.log(
      `The older keys were removed from ${file}. Backups made before need them: restore those with their own secrets.`,
    )
  } else
    console.log(
      'The older keys in LONGWATCH_SECRET_KEY open nothing any more and can be removed, but for older backups.',
    )
})
