import { DatabaseSync } from 'node:sqlite'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS } from '@/lib/access/organisations'
import type { OrganisationLimits } from '@/lib/access/types'
import { AuthorisationWorld } from '@/lib/http/testing/authorisation/world'
import { runLog, runs } from '@/lib/runs/collection'
import { startRun } from '@/lib/runs/start'
import type { Reply } from '@/lib/runs/testing/model-server'
import { sessions } from '@/lib/sessions/collection'
import { retireSessions } from '@/lib/sessions/delete'

const DAY = 24 * 3_600_000

let world: AuthorisationWorld
beforeAll(async () => {
  world = await AuthorisationWorld.create()
  world.runs.tools.add('look', { annotations: { readOnlyHint: true } }, () => ({
    content: [{ type: 'text', text: 'Seen.' }],
  }))
})
afterAll(() => world.close())
afterEach(async () => {
  await world.settle()
  await lower({ ...DEFAULT_LIMITS })
})

const lower = (limits: Partial<OrganisationLimits>) =>
  world.call('admin', 'PATCH', '/api/settings/general?org=acme', { limits })

const looks = (count: number) => Array.from({ length: count }, (): Reply => ({ call: 'shop__look', arguments: '{}' }))

async function ask() {
  const { id } = await world.session()
  const { runId } = await world.start(id)
  const log = await world.runs.ended(world.instance, runId)
  return { runId, sessionId: id, log, end: log.at(-1), text: JSON.stringify(log) }
}

describe('a limit that an administrator lowers counts in the next run:', () => {
  it('steps', async () => {
    const steps = (text: string) => Math.max(...[...text.matchAll(/"step":(\d+)/g)].map(([, step]) => Number(step)))
    let calls = 0
    world.runs.model.answer(({ body }) => (body.tools && calls++ < 6 ? looks(1) : [{ text: 'Enough.' }]))
    expect(steps((await ask()).text)).toBe(7)
    await lower({ stepsPerRun: 3 })
    calls = 0
    expect(steps((await ask()).text)).toBe(3)
  })

  it('events and bytes', async () => {
    world.runs.model.answerInTurn(
      () => looks(40),
      () => [{ text: 'Done.' }],
    )
    expect((await ask()).end?.type).toBe('finish')
    await lower({ eventsPerRun: 100 })
    world.runs.model.answerInTurn(
      () => looks(40),
      () => [{ text: 'Done.' }],
    )
    expect((await ask()).end).toMatchObject({
      type: 'error',
      errorText: expect.stringContaining('the log of one run may hold'),
    })

    await lower({ eventsPerRun: 200_000 })
    // The pause lets what came before it be stored, for that is what counts.
    const long = (runId: () => string) =>
      async function* (): AsyncGenerator<Reply> {
        yield { text: 'x'.repeat(100_000) }
        const stored = async () => JSON.stringify(await world.runs.log(world.instance, runId()))
        await expect.poll(stored).toContain('x'.repeat(1_000))
        yield { text: 'The end.' }
        yield { text: ' Really.' }
      }
    const askLong = async () => {
      const { id } = await world.session()
      let runId = ''
      world.runs.model.answer(long(() => runId))
      runId = (await world.start(id)).runId
      return (await world.runs.ended(world.instance, runId)).at(-1)
    }
    expect(await askLong()).toMatchObject({ type: 'finish' })
    await lower({ bytesPerRun: 65_536 })
    expect(await askLong()).toMatchObject({
      type: 'error',
      errorText: expect.stringContaining('the log of one run may hold'),
    })
  })

  it('minutes', async () => {
    const takenOver = async () => {
      const doomed = await world.runs.process()
      const { id: sessionId } = await world.session()
      const begun = Promise.withResolvers<void>()
      world.runs.model.answer(async function* () {
        yield { text: 'Begun. ' }
        begun.resolve()
        yield { wait: new Promise(() => {}) }
      })
      const { runId } = await startRun(doomed.as(world.people.owner), { message: 'Look', sessionId })
      await begun.promise
      doomed.kill()
      // The run has been going for two minutes.
      const { store } = world.services
      const run = await runs.get(store, world.organisation.id, runId)
      if (run?.body.state.status !== 'running') throw new Error('The run is not running.')
      const state = { ...run.body.state, startedAt: Date.now() - 120_000 }
      await store.commit({
        partition: world.organisation.id,
        operationId: `age:${runId}`,
        operations: [runs.put(runId, { ...run.body, state })],
      })
      world.runs.model.answer(() => [{ text: 'Done.' }])
      await world.runs.lapse(runId)
      world.instance.supervisor.execute(world.organisation.id, runId)
      return (await world.runs.ended(world.instance, runId)).at(-1)
    }
    expect(await takenOver()).toMatchObject({ type: 'finish' })
    await lower({ minutesPerRun: 1 })
    expect(await takenOver()).toMatchObject({ type: 'error', errorText: expect.stringMatching(/limit of 1 minute/) })
  })

  it('runs at once, of all and of one', async () => {
    const start = (actor: 'owner' | 'editor') =>
      world.call<{ runId: string; status: string }>(actor, 'POST', '/api/agent/runs', {
        message: 'Look',
        orgId: 'acme',
      })
    await world.heldRun()
    expect((await start('owner')).status).toBe('running')
    await lower({ runsAtOncePerPrincipal: 1 })
    await world.settle()
    await world.heldRun()
    expect([(await start('owner')).status, (await start('editor')).status]).toEqual(['queued', 'running'])
    await world.settle()
    await lower({ runsAtOncePerPrincipal: 50, runsAtOnce: 1 })
    await world.heldRun()
    expect((await start('editor')).status).toBe('queued')
  })

  it('days that logs and evidence are kept', async () => {
    const kept = async () => {
      world.runs.model.answerInTurn(
        () => looks(1),
        () => [{ text: 'Done.' }],
      )
      const { runId } = await ask()
      await world.instance.supervisor.idle()
      const database = new DatabaseSync(world.runs.file, { readOnly: true })
      const log = database.prepare('SELECT expires_at AS at FROM logs WHERE name = ?').get(runLog(runId))
      const [evidence] = database
        .prepare(`SELECT expires_at AS at FROM documents WHERE collection = 'evidence' AND body LIKE ?`)
        .all(`%${runId}%`)
      database.close()
      return [log, evidence].map((row) => Math.round((Number(row?.at) - Date.now()) / DAY))
    }
    expect(await kept()).toEqual([30, 30])
    await lower({ logDays: 2, evidenceDays: 1 })
    expect(await kept()).toEqual([2, 1])
  })

  it('days that untouched sessions are kept', async () => {
    const { store } = world.services
    const { id } = await world.session()
    const session = await sessions.get(store, world.organisation.id, id)
    if (!session) throw new Error('There is no session.')
    const aged = { ...session.body, updatedAt: Date.now() - 3 * DAY }
    await store.commit({
      partition: world.organisation.id,
      operationId: `age:${id}`,
      operations: [sessions.put(id, aged)],
    })
    const status = async () => {
      await retireSessions(world.services, world.organisation.id)
      return world.status('owner', 'GET', { path: `/api/sessions/${id}` })
    }
    expect(await status()).toBe(200)
    await lower({ sessionDays: 4 })
    expect(await status()).toBe(200)
    await lower({ sessionDays: 2 })
    expect(await status()).toBe(404)
  })
})

it('a value out of bounds is refused by its field', async () => {
  const refused = world.call('admin', 'PATCH', '/api/settings/general?org=acme', { limits: { logDays: 0 } })
  await expect(refused).rejects.toThrow(/answered 400.*"field":"limits.logDays"/)
})
