import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { text } from '@/lib/mcp/testing/script'
import { cancelRun } from '@/lib/runs/cancel'
import { runs } from '@/lib/runs/collection'
import { getEvidence } from '@/lib/runs/evidence'
import { startRun } from '@/lib/runs/start'
import { gate } from '@/lib/runs/testing/model-server'
import { type Instance, STORES, World } from '@/lib/runs/testing/world'
import { sessions } from '@/lib/sessions/collection'
import { getSession } from '@/lib/sessions/get'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const ASKS = { editor: { destructive: 'ask' }, admin: { destructive: 'ask' } } as const

describe.each(STORES)('the sweep over %s, by an organisation’s days', (kind) => {
  let world: World
  let one: Instance
  beforeEach(async () => {
    world = await World.create(
      { sessionDays: 2, logDays: 1, evidenceDays: 1, approvalMinutes: 25 * 60, minutesPerRun: 10 },
      kind,
      ASKS,
    )
    world.tools.add('look', { annotations: { readOnlyHint: true } }, () => text('seen'))
    world.tools.add('drop', { annotations: { destructiveHint: true } }, () => text('dropped'))
    one = await world.process()
  })
  afterEach(() => world.close())

  /** As if nobody had touched it for three days. */
  async function age(sessionId: string): Promise<void> {
    const { store } = one.services
    const session = await sessions.get(store, world.organisation.id, sessionId)
    if (!session) throw new Error('There is no such session.')
    const result = await store.commit({
      partition: world.organisation.id,
      operationId: `age:${sessionId}`,
      operations: [
        sessions.put(session.id, { ...session.body, updatedAt: Date.now() - 3 * DAY }, { ifVersion: session.version }),
      ],
    })
    if (result.status !== 'applied') throw new Error('The session was changed meanwhile.')
  }

  /** The clock of SQLite is the process's; Redis has its own, which a test cannot turn. */
  async function later(milliseconds: number, look: () => Promise<unknown>): Promise<void> {
    if (kind !== 'sqlite') return
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + milliseconds })
    await look().finally(() => vi.useRealTimers())
  }

  const status = async (runId: string) => (await runs.get(one.services.store, world.organisation.id, runId))?.body.state
  const isThere = (sessionId: string) =>
    getSession(one.as(world.ada), { sessionId }).then(
      () => true,
      (error) => error.code,
    )

  it('takes what is settled, and never what runs, waits for people, or waits in a queue', async () => {
    const never = gate()
    world.model.answer(async function* ({ body: { messages } }) {
      const said = JSON.stringify(messages)
      if (said.includes('Settle.')) yield { text: 'Settled.' }
      else if (said.includes('Drop.')) yield { call: 'shop__drop', arguments: '{}' }
      else if (messages.every(({ role }) => role !== 'tool')) yield { call: 'shop__look', arguments: '{}' }
      else yield { wait: never.promise }
    })
    const ask = (message: string, sessionId?: string) => startRun(one.as(world.ada), { message, sessionId })
    const [settled, running, waiting] = [await ask('Settle.'), await ask('Look and go on.'), await ask('Drop.')]
    // A run that is stopped leaves the session's queue standing.
    const paused = await ask('Look and go on.')
    const queued = await ask('Later.', paused.sessionId)
    await cancelRun(one.as(world.ada), { runId: paused.runId })
    await world.ended(one, paused.runId)
    await world.ended(one, settled.runId)
    await expect.poll(() => status(waiting.runId)).toMatchObject({ status: 'waiting' })
    await expect.poll(async () => JSON.stringify(await world.log(one, running.runId))).toContain('evidenceId')
    for (const session of [settled, paused])
      await expect.poll(async () => (await getSession(one.as(world.ada), session)).activeRunId).toBeNull()
    for (const { sessionId } of [settled, running, waiting, paused]) await age(sessionId)

    await one.supervisor.sweep()
    expect(await isThere(settled.sessionId)).toBe('not_found')
    for (const { sessionId } of [running, waiting, paused]) expect(await isThere(sessionId)).toBe(true)
    expect(await status(running.runId)).toMatchObject({ status: 'running' })
    expect(await status(waiting.runId)).toMatchObject({ status: 'waiting' })
    expect(await status(queued.runId)).toMatchObject({ status: 'queued' })
    // What an unsettled run wrote outlasts the days of logs, and its evidence the time that people may take.
    const [, evidenceId = ''] = /"evidenceId":"(\w+)"/.exec(JSON.stringify(await world.log(one, running.runId))) ?? []
    await later(3 * DAY, async () => {
      for (const { runId } of [running, waiting]) expect(await world.log(one, runId)).not.toEqual([])
    })
    const evidence = () => getEvidence(one.as(world.ada), { evidenceId, offset: 0, limit: 10 })
    await later(DAY + 65 * MINUTE, async () => expect(await evidence()).toMatchObject({ content: 'seen' }))
    await later(DAY + 75 * MINUTE, async () => expect(evidence()).rejects.toMatchObject({ code: 'not_found' }))
    never.open()
  })
})
