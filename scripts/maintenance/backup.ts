import { existsSync } from 'node:fs'
import { badRequest } from '@/lib/errors'
import { writeArchive } from '@/lib/stores/archive'
import { openSource, runCommand } from './open-store.ts'

await runCommand(async (environment) => {
  const stamp = new Date().toISOString().slice(0, 19).replace(/[:T]/g, '-')
  const file = process.argv[2] ?? `longwatch-${stamp}.backup.gz`
  if (existsSync(file)) throw badRequest('file', `There is a file ${file} already.`)
  const source = await openSource(environment)
  try {
    const { records } = await writeArchive(file, { driver: source.driver }, source.records())
    console.log(`${records} records of the ${source.driver} store were written to ${file}.`)
    console.log(
      'Credentials in it are sealed: keep LONGWATCH_SECRET_KEY (or DATA_DIR/secrets) as well, in another place.',
    )
  } finally {
    await source.close()
  }
})
