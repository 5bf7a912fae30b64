import { badRequest, conflict } from '@/lib/errors'
import { checkArchive, readArchive } from '@/lib/stores/archive'
import { openTarget, runCommand } from './open-store.ts'

await runCommand(async (environment) => {
  const file = process.argv[2]
  if (!file) throw badRequest('file', 'Name the backup: npm run restore -- FILE')
  // Whole and undamaged, before anything is written.
  const records = await checkArchive(file)
  const target = await openTarget(environment)
  try {
    if (!(await target.isEmpty()))
      throw conflict('The store is not empty. Restore into an empty one: another DATA_DIR, or another Redis database.')
    await target.load(readArchive(file))
    console.log(`${records} records were restored into the ${target.driver} store.`)
  } finally {
    await target.close()
  }
})
