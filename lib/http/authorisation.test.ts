import { readdirSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { operations } from '@/lib/http/operations'
import { ACTORS, type Actor, type Row } from '@/lib/http/testing/authorisation/row'
import { AuthorisationWorld } from '@/lib/http/testing/authorisation/world'

/** A file per feature, found by itself: `lib/http/testing/authorisation/rows/`. */
const folder = fileURLToPath(new URL('./testing/authorisation/rows', import.meta.url))
const rows: Row[] = (
  await Promise.all(
    readdirSync(folder).map(
      async (file) => ((await import(pathToFileURL(`${folder}/${file}`).href)) as { rows: Row[] }).rows,
    ),
  )
).flat()

let world: AuthorisationWorld
beforeAll(async () => {
  world = await AuthorisationWorld.create()
  world.runs.tools.add('picture', { annotations: { readOnlyHint: true } }, () => ({
    content: [{ type: 'text', text: 'A picture.' }],
  }))
  world.runs.tools.add('write', { annotations: { destructiveHint: false } })
  world.runs.tools.add('destroy', {})
})
afterAll(() => world.close())
beforeEach(() => world.runs.model.answer(() => [{ text: 'An answer.' }]))
afterEach(() => world.settle())

const table: [call: string, row: Row][] = rows.map((row) => [`${row.call}${row.about ? ` ${row.about}` : ''}`, row])

describe('the table of who may do what', () => {
  it('has a row for every call of the API, and none for a call that does not exist', () => {
    const described = operations.map(({ method, path }) => `${method} ${path}`).sort()
    expect([...new Set(rows.map(({ call }) => call))].sort()).toEqual(described)
  })

  it.each(table)('%s is answered as it says', async (_name, row) => {
    const method = row.call.split(' ')[0] as string
    const answers: Partial<Record<Actor, number>> = {}
    for (const actor of ACTORS) {
      answers[actor] = await world.status(actor, method, await row.request(world, actor))
    }
    expect(answers).toEqual(row.answers)
  })

  it.each(
    operations
      .filter(({ method, auth }) => method !== 'GET' && auth === 'required')
      .map(({ method, path }) => [`${method} ${path}`]),
  )('%s by a cookie from another site’s page is refused', async (call) => {
    const row = rows.find((candidate) => candidate.call === call) as Row
    const request = await row.request(world, 'admin')
    const method = call.split(' ')[0] as string
    for (const origin of ['https://evil.test', 'null']) {
      expect(await world.status('admin', method, { ...request, headers: { origin } })).toBe(403)
    }
  })
})
