import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RunChunk } from '@/lib/agent/events'
import { emptyReplay, replayChunk } from '@/lib/agent/replay'
import { text } from '@/lib/mcp/testing/script'
import { getRun } from '@/lib/runs/get'
import { startRun } from '@/lib/runs/start'
import { asleep } from '@/lib/runs/testing/asleep'
import { gate, type ModelRequest } from '@/lib/runs/testing/model-server'
import { type Instance, STORES_AND_REST, World } from '@/lib/runs/testing/world'
import { emptyFold, foldChunks, messageOf } from '@/lib/sessions/fold'
import { getSession } from '@/lib/sessions/get'

describe.each(STORES_AND_REST)('over %s', (store) => {
  let world: World
  let first: Instance

  beforeEach(async () => {
    world = await World.create({}, store)
    first = await world.process()
  })
  afterEach(() => world.close())

  const isTerminal = (chunk: RunChunk) => ['finish', 'abort', 'error'].includes(chunk.type)
  const seen = (instance: Instance, runId: string, test: (chunks: RunChunk[]) => boolean) =>
    expect.poll(async () => test(await world.log(instance, runId)), { timeout: 15_000 }).toBe(true)
  const toolResults = (request: ModelRequest | undefined) =>
    request?.body.messages.filter(({ role }) => role === 'tool').map(({ content }) => JSON.stringify(content)) ?? []

  /** What must hold however a run was interrupted: one terminal event, and the transcript is the fold of the log. */
  async function expectWhole(instance: Instance, started: { runId: string; sessionId: string }, words: string) {
    const events = await world.ended(instance, started.runId)
    expect(events.filter(isTerminal)).toHaveLength(1)
    expect(isTerminal(events.at(-1) as RunChunk)).toBe(true)
    const message = messageOf(foldChunks(emptyFold(`msg_${started.runId}`), events))
    const session = await getSession(instance.as(world.ada), { sessionId: started.sessionId })
    expect(session.activeRunId).toBeNull()
    expect(session.messages.at(-1)).toEqual(JSON.parse(JSON.stringify(message)))
    expect(message.parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('')).toBe(words)
    const replay = emptyReplay()
    for (const event of events) replayChunk(replay, event)
    expect(replay.ended).toBe(true)
    return events
  }

  describe('after a kill', () => {
    it('in mid-text: another process makes the answer anew and nobody reads a word twice', async () => {
      const never = gate()
      world.model.answerInTurn(
        async function* () {
          yield { text: 'Half an ans' }
          yield { wait: never.promise }
        },
        () => [{ text: 'The whole answer.' }],
      )
      first = await world.process({ leaseMilliseconds: 2_000 })
      const started = await startRun(first.as(world.ada), { message: 'Why?' })
      await seen(first, started.runId, (log) => log.some((chunk) => chunk.type === 'text-delta'))
      const second = await world.process({ sweep: true, leaseMilliseconds: 2_000 })
      const watching = world.ended(second, started.runId)
      first.kill()
      const events = await expectWhole(second, started, 'The whole answer.')
      expect(await watching).toEqual(events)
      expect(events.map(({ type }) => type)).toContain('reset-step')
      expect(await getRun(second.as(world.ada), { runId: started.runId })).toMatchObject({
        status: 'completed',
        attempts: 2,
      })
      never.open()
    })

    it('before the first event: the run is executed all the same', async () => {
      world.model.answer(() => [{ text: 'Here.' }])
      asleep(first.supervisor)
      const started = await startRun(first.as(world.ada), { message: 'Why?' })
      first.kill()
      await world.lapse(started.runId)
      const second = await world.process({ sweep: true })
      await expectWhole(second, started, 'Here.')
    })

    it('before the first event: the next process tells of itself before it does anything', async () => {
      world.model.answer(() => [{ text: 'Here.' }])
      asleep(first.supervisor)
      const started = await startRun(first.as(world.ada), { message: 'Why?' })
      first.kill()
      await world.lapse(started.runId)
      const second = await world.process()
      const { store, tools } = second.services
      const commit = store.commit.bind(store)
      const catalogue = tools.catalogue.bind(tools)
      const asked = Promise.withResolvers<void>()
      const order: string[] = []
      store.commit = async (input) => {
        // Time enough to ask for the tools, if it were not waited for.
        if (order.length === 0) await Promise.race([asked.promise, delay(100)])
        const result = await commit(input)
        order.push('stored')
        return result
      }
      tools.catalogue = (...given) => {
        order.push('tools')
        asked.resolve()
        return catalogue(...given)
      }
      second.supervisor.execute(world.organisation.id, started.runId)
      await expectWhole(second, started, 'Here.')
      expect(order.slice(0, 2)).toEqual(['stored', 'tools'])
    })

    it('between two steps: results are kept and the tool is not called again', async () => {
      world.tools.add('count', { annotations: { readOnlyHint: true } }, () => text('42'))
      const never = gate()
      world.model.answerInTurn(
        () => [{ call: 'shop__count', arguments: '{}' }],
        async function* () {
          yield { wait: never.promise }
        },
        () => [{ text: 'It is 42.' }],
      )
      const started = await startRun(first.as(world.ada), { message: 'How many?' })
      await seen(first, started.runId, (log) => log.filter(({ type }) => type === 'start-step').length === 2)
      first.kill()
      await world.lapse(started.runId)
      const second = await world.process({ sweep: true })
      await expectWhole(second, started, 'It is 42.')
      expect(world.tools.calls).toHaveLength(1)
      expect(toolResults(world.model.requests.at(-1))).toEqual(['"42"'])
      never.open()
    })

    it.each([
      ['that the tools’ phase begins', '"phase":"tools"'],
      ['that the call is made', '"status":"started"'],
    ])('before it was stored %s: nothing had been called', async (_, words) => {
      world.tools.add('restart', { annotations: { destructiveHint: false } }, () => text('restarted'))
      world.model.answer((request) =>
        toolResults(request).length > 0 ? [{ text: 'Restarted.' }] : [{ call: 'shop__restart', arguments: '{}' }],
      )
      const { store } = first.services
      const commit = store.commit.bind(store)
      const held = gate()
      store.commit = (input) => {
        if (!JSON.stringify(input.operations).includes(JSON.stringify(words).slice(1, -1))) return commit(input)
        held.open()
        return new Promise(() => {})
      }
      const started = await startRun(first.as(world.ada), { message: 'Restart it.' })
      await held.promise
      await world.lapse(started.runId)
      const second = await world.process({ sweep: true })
      await expectWhole(second, started, 'Restarted.')
      expect(world.tools.calls).toHaveLength(1)
      first.kill()
    })

    it('between the complete answer and the settlement: it is settled as it was, and the model is not asked again', async () => {
      world.model.answerInTurn(
        () => [{ text: 'The only answer.' }],
        () => [{ text: ' And another.' }],
      )
      const { store } = first.services
      const commit = store.commit.bind(store)
      const held = gate()
      store.commit = (input) => {
        if (!input.operationId.startsWith('settle:')) return commit(input)
        held.open()
        return new Promise(() => {})
      }
      const started = await startRun(first.as(world.ada), { message: 'Why?' })
      await held.promise
      expect((await world.log(first, started.runId)).map(({ type }) => type)).toContain('finish-step')
      first.kill()
      await world.lapse(started.runId)
      const second = await world.process({ sweep: true })
      await expectWhole(second, started, 'The only answer.')
      expect(world.model.requests).toHaveLength(1)
      expect(await getRun(second.as(world.ada), { runId: started.runId })).toMatchObject({ status: 'completed' })
    })

    it('in a reading call: the call is made again', async () => {
      const never = gate()
      let calls = 0
      world.tools.add('look', { annotations: { readOnlyHint: true } }, async () => {
        calls += 1
        if (calls === 1) await never.promise
        return text('seen')
      })
      world.model.answerInTurn(
        () => [{ call: 'shop__look', arguments: '{}' }],
        () => [{ text: 'I looked.' }],
      )
      const started = await startRun(first.as(world.ada), { message: 'Look' })
      await expect.poll(() => calls).toBe(1)
      first.kill()
      await world.lapse(started.runId)
      const second = await world.process({ sweep: true })
      const events = await expectWhole(second, started, 'I looked.')
      expect(calls).toBe(2)
      expect(events.map(({ type }) => type)).not.toContain('reset-step')
      expect(toolResults(world.model.requests.at(-1))).toEqual(['"seen"'])
      never.open()
    })

    it('in a writing call: it is never made again, and the model learns that the outcome is unknown', async () => {
      const never = gate()
      let calls = 0
      world.tools.add('silence', { annotations: { readOnlyHint: false, destructiveHint: false } }, async () => {
        calls += 1
        await never.promise
        return text('silenced')
      })
      world.model.answerInTurn(
        () => [{ call: 'shop__silence', arguments: '{}' }],
        () => [{ text: 'I do not know whether it is silenced.' }],
      )
      const started = await startRun(first.as(world.ada), { message: 'Silence it' })
      await expect.poll(() => calls).toBe(1)
      first.kill()
      await world.lapse(started.runId)
      const second = await world.process({ sweep: true })
      await expectWhole(second, started, 'I do not know whether it is silenced.')
      expect(calls).toBe(1)
      expect(toolResults(world.model.requests.at(-1)).join()).toContain('Outcome unknown: interrupted')
      never.open()
    })

    it('keeps the results that parallel calls had given, and goes on with the others', async () => {
      const never = gate()
      let slow = 0
      world.tools.add('quick', { annotations: { readOnlyHint: true } }, () => text('quick result'))
      world.tools.add('slow', { annotations: { readOnlyHint: true } }, async () => {
        slow += 1
        if (slow === 1) await never.promise
        return text('slow result')
      })
      world.model.answerInTurn(
        () => [
          { call: 'shop__quick', arguments: '{}' },
          { call: 'shop__slow', arguments: '{}' },
        ],
        () => [{ text: 'Both.' }],
      )
      const started = await startRun(first.as(world.ada), { message: 'Both' })
      await seen(first, started.runId, (log) => log.some(({ type }) => type === 'tool-output-available') && slow === 1)
      first.kill()
      await world.lapse(started.runId)
      const second = await world.process({ sweep: true })
      await expectWhole(second, started, 'Both.')
      expect(world.tools.calls.filter(({ tool }) => tool === 'quick')).toHaveLength(1)
      expect(slow).toBe(2)
      never.open()
    })

    it('three times in the same step: the run fails and says why', async () => {
      const never = gate()
      world.model.answer(async function* () {
        yield { text: 'begin' }
        yield { wait: never.promise }
      })
      const started = await startRun(first.as(world.ada), { message: 'Why?' })
      let owner = first
      for (let kill = 1; kill <= 3; kill += 1) {
        await seen(owner, started.runId, (log) => {
          const attempt = log.findIndex((chunk) => chunk.type === 'data-run' && chunk.data.attempt === kill)
          return attempt >= 0 && log.slice(attempt).some(({ type }) => type === 'text-delta')
        })
        const next = await world.process()
        owner.kill()
        await world.lapse(started.runId)
        next.supervisor.execute(world.organisation.id, started.runId)
        owner = next
      }
      const events = await world.ended(owner, started.runId)
      expect(events.at(-1)?.type).toBe('error')
      expect(await getRun(owner.as(world.ada), { runId: started.runId })).toMatchObject({
        status: 'failed',
        error: { code: 'interrupted_repeatedly' },
      })
      never.open()
    })
  })

  describe('a superseded owner', () => {
    it('is fenced: none of its events land once another process has the run', async () => {
      const hold = gate()
      world.model.answerInTurn(
        async function* () {
          yield { text: 'old ' }
          yield { wait: hold.promise }
          for (let word = 0; word < 50; word += 1) yield { text: `stale ${word} ` }
        },
        () => [{ text: 'new' }],
      )
      const started = await startRun(first.as(world.ada), { message: 'Why?' })
      await seen(first, started.runId, (log) => log.some((chunk) => chunk.type === 'text-delta'))
      const second = await world.process()
      const { store } = second.services
      // The first process is alive but its lease is taken from it, as after a long freeze.
      await store.releaseLease(
        world.organisation.id,
        `run:${started.runId}`,
        (await store.readLease(world.organisation.id, `run:${started.runId}`))?.token ?? 0,
      )
      second.supervisor.execute(world.organisation.id, started.runId)
      await expectWhole(second, started, 'new')
      hold.open()
      await first.supervisor.idle()
      const log = await world.log(second, started.runId)
      expect(JSON.stringify(log)).not.toContain('stale')
    })

    it('hands a run over at a safe point, and the next process goes on with what it had', async () => {
      const hold = gate()
      world.tools.add('wait', { annotations: { readOnlyHint: true } }, async () => {
        await hold.promise
        return text('waited')
      })
      world.model.answerInTurn(
        () => [{ call: 'shop__wait', arguments: '{}' }],
        () => [{ text: 'Done waiting.' }],
      )
      const started = await startRun(first.as(world.ada), { message: 'Wait' })
      await expect.poll(() => world.tools.calls.length).toBe(1)
      const drained = first.supervisor.drain()
      await expect(startRun(first.as(world.ada), { message: 'More' })).rejects.toMatchObject({ code: 'unavailable' })
      hold.open()
      await drained
      const second = await world.process({ sweep: true })
      await expectWhole(second, started, 'Done waiting.')
      expect(world.tools.calls).toHaveLength(1)
    })
  })
})
