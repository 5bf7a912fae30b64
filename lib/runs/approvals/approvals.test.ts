import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { auditRecords } from '@/lib/access/audit-collection'
import { putMember, removeMember } from '@/lib/access/organisations'
import { createToken } from '@/lib/access/tokens'
import type { Principal } from '@/lib/access/types'
import type { ApprovalData, RunChunk } from '@/lib/agent/events'
import { newResourceId } from '@/lib/ids'
import { mcpServers } from '@/lib/mcp/config'
import { text } from '@/lib/mcp/testing/script'
import { approvals, grants } from '@/lib/runs/approvals/collection'
import { decideApproval } from '@/lib/runs/approvals/decide'
import { expireApprovals } from '@/lib/runs/approvals/expire'
import { idsWaitingFor, listApprovals } from '@/lib/runs/approvals/list'
import { cancelRun } from '@/lib/runs/cancel'
import { runLease, runs } from '@/lib/runs/collection'
import { getRun } from '@/lib/runs/get'
import { listActiveRuns } from '@/lib/runs/list-active'
import { startRun } from '@/lib/runs/start'
import { gate, type Reply } from '@/lib/runs/testing/model-server'
import { type Instance, STORES, World } from '@/lib/runs/testing/world'
import { changeSession } from '@/lib/sessions/change'
import { deleteSession } from '@/lib/sessions/delete'
import { getSession } from '@/lib/sessions/get'
import { listSessions } from '@/lib/sessions/list'

const restart = (value = 'db'): Reply => ({ call: 'shop__restart', arguments: JSON.stringify({ service: value }) })
const approve = 'approve' as const
const reject = 'reject' as const

describe.each(STORES)('approvals over %s', (store) => {
  let world: World
  let one: Instance
  let two: Instance

  beforeAll(async () => {
    world = await World.create({}, store, {})
    world.tools.add('look', { annotations: { readOnlyHint: true } }, async () => {
      await look?.promise
      return text('looked')
    })
    world.tools.add('restart', { annotations: { destructiveHint: false } }, ({ service }) =>
      text(`restarted ${service}`),
    )
    world.tools.add('drop', {}, () => text('dropped'))
  })
  beforeEach(async () => {
    one = await world.process()
    two = await world.process()
    world.tools.calls.length = 0
    world.model.requests.length = 0
  })
  afterEach(async () => {
    // A killed process never comes to an end.
    if (!killed) await one.supervisor.drain()
    killed = false
    await two.supervisor.drain()
    await one.close()
    await two.close()
  })
  afterAll(() => world.close())
  let look: ReturnType<typeof gate> | null = null
  let killed = false
  const kill = () => {
    killed = true
    one.kill()
  }

  const made = (name: string) => world.tools.calls.filter(({ tool }) => tool === name)
  const ctxOf = (principal: Principal, instance = one) => instance.as(principal)

  /** Asks, with calls in the first step, and waits until the run waits. */
  async function ask(calls: Reply[], by: Principal = world.ada, options: { sessionId?: string } = {}) {
    world.model.answerInTurn(
      () => calls,
      () => [{ text: 'Done.' }],
    )
    const started = await startRun(ctxOf(by), { message: 'Repair it', sessionId: options.sessionId })
    await waits(by, started.runId)
    return { ...started, open: await questions(started.runId) }
  }

  const waits = (by: Principal, runId: string) =>
    expect.poll(async () => (await getRun(ctxOf(by), { runId })).status, { timeout: 10_000 }).toBe('waiting')

  async function questions(runId: string): Promise<ApprovalData[]> {
    const found = new Map<string, ApprovalData>()
    for (const chunk of await world.log(one, runId)) {
      if (chunk.type === 'data-approval') found.set(chunk.data.approvalId, chunk.data)
    }
    return [...found.values()]
  }

  const decide = (
    by: Principal,
    runId: string,
    question: ApprovalData | undefined,
    decision: 'approve' | 'reject',
    more: { comment?: string; scope?: 'once' | 'session'; instance?: Instance } = {},
  ) => {
    const { instance, ...rest } = more
    const approvalId = question?.approvalId ?? ''
    return decideApproval(ctxOf(by, instance), { runId, approvalId, decision, ...rest })
  }

  const ended = (runId: string, instance = one) => world.ended(instance, runId)

  /** What the model read of its last calls. */
  const results = () =>
    (world.model.requests.at(-1)?.body.messages ?? [])
      .filter(({ role }) => role === 'tool')
      .map(({ content }) => String(content))

  async function audited(runId: string) {
    const page = await auditRecords.list(one.services.store, world.organisation.id, {
      index: 'all',
      group: 'all',
      order: 'ascending',
      limit: 500,
    })
    return page.items
      .map(({ body }) => body)
      .filter(({ after }) => (after as { runId?: string } | null)?.runId === runId)
      .map(({ action, actor, after }) => ({ action, actor: actor.name, ...(after as object) }))
  }

  async function changeServer(change: (server: Parameters<typeof mcpServers.put>[1]) => void) {
    const { store: driver } = one.services
    const list = { index: 'all', group: 'all', order: 'ascending', limit: 1 } as const
    const [server] = (await mcpServers.list(driver, world.organisation.id, list)).items
    if (!server) throw new Error('no server')
    const body = structuredClone(server.body)
    change(body)
    const operations = [mcpServers.put(server.id, body)]
    await driver.commit({ partition: world.organisation.id, operationId: crypto.randomUUID(), operations })
    return () =>
      driver.commit({
        partition: world.organisation.id,
        operationId: crypto.randomUUID(),
        operations: [mcpServers.put(server.id, server.body)],
      })
  }

  it('a call that needs one makes the run wait without an owner; approved, it is made once with exactly its arguments', async () => {
    const { runId, sessionId, open } = await ask([restart()])
    expect(open).toMatchObject([
      { tool: 'restart', server: 'shop', risk: 'write', arguments: { service: 'db' }, decidableBy: 'asker' },
    ])
    await one.supervisor.idle()
    expect(made('restart')).toEqual([])
    const lease = await one.services.store.readLease(world.organisation.id, runLease(runId))
    expect(lease?.remaining ?? 0).toBeLessThanOrEqual(0)
    const waiting = { activeRunId: runId, waiting: true, waitingForMe: [open[0]?.approvalId] }
    expect(await getSession(ctxOf(world.ada), { sessionId })).toMatchObject(waiting)
    const { sessions } = await listSessions(ctxOf(world.ada), { limit: 5 })
    expect(sessions.find(({ id }) => id === sessionId)).toMatchObject(waiting)
    const listed = await listApprovals(ctxOf(world.ada), { limit: 10 })
    expect(listed.approvals).toMatchObject([{ approvalId: open[0]?.approvalId, runId, status: 'open' }])

    const decided = await decide(world.ada, runId, open[0], approve, { instance: two })
    expect(decided).toMatchObject({ status: 'decided', decision: 'approve', decidedBy: 'ada' })
    const events = await ended(runId)
    expect(events.at(-1)).toMatchObject({ type: 'finish', messageMetadata: { attempts: 1 } })
    expect(made('restart')).toMatchObject([{ args: { service: 'db' } }])
    expect(results()).toEqual(['restarted db'])
    const types = events.map(({ type }) => type)
    const started = events.findIndex((chunk) => chunk.type === 'data-tool-progress')
    expect(started).toBeGreaterThan(types.lastIndexOf('data-approval'))
    const { messages, ...session } = await getSession(ctxOf(world.ada), { sessionId })
    expect(session).toMatchObject({ activeRunId: null, waiting: false, waitingForMe: [] })
    expect(messages.at(-1)?.parts.find((part) => part.type === 'data-approval')).toMatchObject({
      id: open[0]?.approvalId,
      data: { decision: 'approve', decidedBy: 'ada' },
    })
    expect((await listApprovals(ctxOf(world.ada), { limit: 10 })).approvals).toEqual([])
    expect(await audited(runId)).toMatchObject([
      { action: 'approval.decide', actor: 'ada', decision: 'approve', scope: 'once', arguments: { service: 'db' } },
      {
        action: 'tool.call',
        actor: 'ada',
        server: 'shop',
        risk: 'write',
        decision: 'approved',
        outcome: 'ok',
        arguments: { service: 'db' },
      },
    ])
  })

  it('a rejection is a result that the model reads with its comment, and nothing is called', async () => {
    const { runId, open } = await ask([restart()])
    await decide(world.ada, runId, open[0], reject, { comment: 'Not at noon' })
    const events = await ended(runId)
    expect(events.at(-1)?.type).toBe('finish')
    expect(made('restart')).toEqual([])
    expect(results()).toEqual([expect.stringMatching(/ada rejected this call.*Not at noon.*Nothing was called/)])
    expect(await audited(runId)).toMatchObject([
      { action: 'approval.decide', decision: 'reject', comment: 'Not at noon' },
      { action: 'tool.call', decision: 'rejected', outcome: 'not called' },
    ])
  })

  it('parallel calls are asked together in one commit; others go on meanwhile, and one decision does not wake the run', async () => {
    look = gate()
    world.model.answerInTurn(
      () => [{ call: 'shop__look', arguments: '{}' }, restart('a'), { call: 'shop__drop', arguments: '{}' }],
      () => [{ text: 'Done.' }],
    )
    const { runId, sessionId } = await startRun(ctxOf(world.ada), { message: 'All of it' })
    await expect.poll(async () => (await questions(runId)).length).toBe(2)
    await expect.poll(async () => (await getSession(ctxOf(world.ada), { sessionId })).waitingForMe.length).toBe(2)
    expect((await getRun(ctxOf(world.ada), { runId })).status).toBe('running')
    await expect.poll(() => made('look').length).toBe(1)
    const log = await world.log(one, runId)
    const asked = log.flatMap((chunk, index) => (chunk.type === 'data-approval' ? [index] : []))
    expect(asked[1]).toBe((asked[0] ?? 0) + 1)
    // Decided while another call is in flight: this one is made at once, by the process that owns the run.
    const [first, second] = await questions(runId)
    await decide(world.ada, runId, first, approve, { instance: two })
    await expect.poll(() => made('restart').length).toBe(1)
    expect((await getRun(ctxOf(world.ada), { runId })).status).toBe('running')
    look.open()
    look = null
    await waits(world.ada, runId)
    await one.supervisor.idle()
    await decide(world.ada, runId, second, reject)
    await ended(runId)
    expect(results()).toEqual(['looked', 'restarted a', expect.stringContaining('rejected this call')])
  })

  it('with two open questions goes on with the second decision, and everybody sees the first one at once', async () => {
    const { runId, open } = await ask([restart('a'), restart('b')])
    await one.supervisor.idle()
    await decide(world.ada, runId, open[1], approve)
    expect((await getRun(ctxOf(world.ada), { runId })).status).toBe('waiting')
    expect((await questions(runId)).map(({ decision }) => decision)).toEqual([undefined, 'approve'])
    expect(made('restart')).toEqual([])
    await decide(world.ada, runId, open[0], approve)
    await ended(runId)
    expect(results()).toEqual(['restarted a', 'restarted b'])
  })

  it('is decided exactly once whoever clicks where, and the same verdict again is answered alike', async () => {
    for (let round = 0; round < 8; round += 1) {
      world.tools.calls.length = 0
      const { runId, open } = await ask([restart()])
      const votes = await Promise.allSettled([
        decide(world.ada, runId, open[0], approve),
        decide(world.ada, runId, open[0], reject, { instance: two }),
        decide(world.ada, runId, open[0], approve, { instance: two }),
        decide(world.ada, runId, open[0], reject),
      ])
      const kinds = votes.map((vote) => (vote.status === 'fulfilled' ? vote.value.decision : vote.reason.code))
      const winner = kinds.includes(approve) ? approve : reject
      expect(kinds.map((kind) => (kind === winner ? 'won' : kind))).toEqual(
        winner === approve ? ['won', 'conflict', 'won', 'conflict'] : ['conflict', 'won', 'conflict', 'won'],
      )
      await ended(runId)
      expect(made('restart').length).toBe(winner === approve ? 1 : 0)
      const log = await world.log(one, runId)
      expect(log.filter((chunk) => chunk.type === 'data-approval' && chunk.data.decision).length).toBe(1)
      expect((await audited(runId)).map(({ action }) => action)).toEqual(['approval.decide', 'tool.call'])
      await expect(decide(world.ada, runId, open[0], winner)).resolves.toMatchObject({ decision: winner })
      const other = winner === approve ? reject : approve
      await expect(decide(world.ada, runId, open[0], other)).rejects.toMatchObject({ code: 'conflict' })
    }
  })

  it('that nobody decides in time is rejected, by whichever process looks', async () => {
    const { runId, open } = await ask([restart()])
    await one.supervisor.idle()
    const id = open[0]?.approvalId ?? ''
    const stored = await approvals.get(one.services.store, world.organisation.id, id)
    if (!stored) throw new Error('no approval')
    await one.services.store.commit({
      partition: world.organisation.id,
      operationId: crypto.randomUUID(),
      operations: [approvals.put(id, { ...stored.body, expiresAt: Date.now() - 1 })],
    })
    await Promise.all([one, two].map(({ services }) => expireApprovals(services, world.organisation.id)))
    const events = await ended(runId)
    expect(events.at(-1)?.type).toBe('finish')
    expect((await questions(runId))[0]).toMatchObject({ decision: 'reject', expired: true })
    expect(results()).toEqual([expect.stringContaining('Nobody approved of this call in time')])
    expect(await audited(runId)).toMatchObject([
      { action: 'approval.decide', actor: 'Longwatch', decision: 'expired' },
      { action: 'tool.call', decision: 'expired', outcome: 'not called' },
    ])
    await expect(decide(world.ada, runId, open[0], approve)).rejects.toMatchObject({ code: 'conflict' })
  })

  it('survives that the process is killed while the run waits, and right after it asked', async () => {
    const { runId, open } = await ask([restart()])
    kill()
    await decide(world.ada, runId, open[0], approve, { instance: two })
    const events = await ended(runId, two)
    expect(events.at(-1)).toMatchObject({ type: 'finish', messageMetadata: { attempts: 1 } })
    expect(made('restart').length).toBe(1)
  })

  it('that was given while the owner was being killed is followed by the process that takes the run over', async () => {
    look = gate()
    world.model.answerInTurn(
      () => [{ call: 'shop__look', arguments: '{}' }, restart()],
      () => [{ text: 'Done.' }],
    )
    const { runId } = await startRun(ctxOf(world.ada), { message: 'Both' })
    await expect.poll(async () => (await questions(runId)).length).toBe(1)
    const [question] = await questions(runId)
    kill()
    await decide(world.ada, runId, question, approve, { instance: two })
    expect(made('restart')).toEqual([])
    look.open()
    look = null
    await world.lapse(runId)
    await two.supervisor.sweep()
    const events = await ended(runId, two)
    expect(events.at(-1)?.type).toBe('finish')
    expect(made('restart').length).toBe(1)
    expect(events.filter((chunk) => chunk.type === 'data-approval').length).toBe(2)
  })

  it('a sweep leaves a waiting run alone, and a hand-over finds nothing to hand over', async () => {
    const { runId, open } = await ask([restart()])
    await one.supervisor.idle()
    const before = (await world.log(one, runId)).length
    await two.supervisor.sweep()
    await two.supervisor.idle()
    two.supervisor.execute(world.organisation.id, runId)
    await two.supervisor.idle()
    await one.supervisor.drain()
    expect((await world.log(two, runId)).length).toBe(before)
    await decide(world.ada, runId, open[0], approve, { instance: two })
    expect((await ended(runId, two)).at(-1)?.type).toBe('finish')
  })

  it('decided on a process that shuts down is carried out by another one', async () => {
    const { runId, open } = await ask([restart()])
    await one.supervisor.drain()
    two.supervisor.startSweeping()
    await decide(world.ada, runId, open[0], approve)
    expect((await ended(runId, two)).at(-1)?.type).toBe('finish')
    expect(made('restart').length).toBe(1)
  })

  it('a stop cancels a waiting run, withdraws its question, and the queue pauses as after every stop', async () => {
    const { runId, sessionId, open } = await ask([restart()])
    await one.supervisor.idle()
    const next = await startRun(ctxOf(world.ada), { message: 'And then?', sessionId })
    expect(next.status).toBe('queued')
    await cancelRun(ctxOf(world.ada, two), { runId })
    expect((await ended(runId)).at(-1)?.type).toBe('abort')
    await expect(decide(world.ada, runId, open[0], approve)).rejects.toMatchObject({ code: 'conflict' })
    expect((await listApprovals(ctxOf(world.ada), { limit: 10 })).approvals).toEqual([])
    expect(await getSession(ctxOf(world.ada), { sessionId })).toMatchObject({ waiting: false, queuePaused: true })
    expect(made('restart')).toEqual([])
  })

  it('a message that steers ends the waiting, one that queues waits its turn', async () => {
    const { runId, sessionId } = await ask([restart()])
    await one.supervisor.idle()
    world.model.answer(() => [{ text: 'Instead.' }])
    const steered = await startRun(ctxOf(world.ada), { message: 'Leave it', sessionId, whenBusy: 'steer' })
    expect((await ended(runId)).at(-1)?.type).toBe('abort')
    expect((await ended(steered.runId)).at(-1)?.type).toBe('finish')
  })

  it('with its session deleted leaves nothing behind', async () => {
    const { runId, sessionId, open } = await ask([restart()])
    await one.supervisor.idle()
    await deleteSession(ctxOf(world.ada), { sessionId })
    await expect(decide(world.ada, runId, open[0], approve)).rejects.toMatchObject({ code: 'not_found' })
    await one.supervisor.idle()
    await one.supervisor.sweep()
    await expect.poll(async () => (await world.log(one, runId)).length, { timeout: 5_000 }).toBe(0)
    const gone = () => approvals.get(one.services.store, world.organisation.id, open[0]?.approvalId ?? '')
    await expect.poll(gone, { timeout: 5_000 }).toBeNull()
  })

  it('of somebody who is no member any more ends with the run, at the next look for such runs', async () => {
    const { store: driver } = one.services
    const { runId } = await ask([restart()], world.eddie)
    await one.supervisor.idle()
    await removeMember(driver, world.organisation.id, (world.eddie as { id: string }).id)
    await two.supervisor.sweep()
    await expect
      .poll(async () => (await runs.get(driver, world.organisation.id, runId))?.body.state)
      .toMatchObject({ status: 'failed', error: { code: 'not_a_member' } })
    await putMember(driver, world.organisation.id, { userId: (world.eddie as { id: string }).id, role: 'editor' })
    expect(made('restart')).toEqual([])
  })

  it('waiting costs no time of the run’s limit and no place among the runs at once', async () => {
    const { store: driver } = one.services
    const place = () => driver.readCounter(world.organisation.id, 'active-runs')
    const before = await place()
    const { runId, open } = await ask([restart()])
    await one.supervisor.idle()
    expect(await place()).toBe(before)
    const stored = await runs.get(driver, world.organisation.id, runId)
    if (stored?.body.state.status !== 'waiting') throw new Error('not waiting')
    // As if it had begun to wait two days ago, right after its start.
    const long = 48 * 3_600_000
    const state = { ...stored.body.state, startedAt: stored.body.state.startedAt - long, since: Date.now() - long }
    await driver.commit({
      partition: world.organisation.id,
      operationId: crypto.randomUUID(),
      operations: [runs.put(runId, { ...stored.body, state })],
    })
    await decide(world.ada, runId, open[0], approve)
    expect((await ended(runId)).at(-1)?.type).toBe('finish')
    await one.supervisor.idle()
    expect(await place()).toBe(before)
  })

  describe('who may decide', () => {
    it('in a private session only the asker, for everybody else there is no such approval', async () => {
      const { runId, open } = await ask([restart()], world.eddie)
      for (const other of [world.ada, world.vera, world.stranger]) {
        await expect(decide(other, runId, open[0], approve)).rejects.toMatchObject({ code: 'not_found' })
      }
      await decide(world.eddie, runId, open[0], approve)
      expect((await ended(runId)).at(-1)?.type).toBe('finish')
    })

    it('in a session of the organisation an editor about writes, an admin about destruction, viewers see only', async () => {
      const { runId, sessionId, open } = await ask([restart(), { call: 'shop__drop', arguments: '{}' }], world.eddie)
      await changeSession(ctxOf(world.eddie), { sessionId, visibility: 'organisation' })
      const [write, destroy] = open
      await expect(decide(world.vera, runId, write, approve)).rejects.toMatchObject({ code: 'forbidden' })
      await expect(decide(world.stranger, runId, write, approve)).rejects.toMatchObject({ code: 'not_found' })
      await expect(decide(world.eddie, runId, destroy, approve)).rejects.toMatchObject({ code: 'forbidden' })
      const waiting = async (who: Principal) => (await getSession(ctxOf(who), { sessionId })).waitingForMe
      expect(await waiting(world.vera)).toEqual([])
      expect(await waiting(world.eddie)).toEqual([write?.approvalId])
      expect(await waiting(world.ada)).toEqual([write?.approvalId, destroy?.approvalId])
      await decide(world.eddie, runId, write, approve)
      await decide(world.ada, runId, destroy, approve)
      await ended(runId)
      expect(results()).toEqual(['restarted db', 'dropped'])
    })

    it('about a token’s calls an editor and an admin, although its session is not theirs, and never the token itself', async () => {
      const { token } = await createToken(one.services.store, world.organisation.id, { name: 'ci', role: 'admin' })
      const ci: Principal = { kind: 'token', id: token.id, organisationId: world.organisation.id }
      const { runId, sessionId, open } = await ask([restart()], ci)
      await expect(decide(ci, runId, open[0], approve)).rejects.toMatchObject({ code: 'forbidden' })
      await expect(decide(world.vera, runId, open[0], approve)).rejects.toMatchObject({ code: 'not_found' })
      const { approvals: listed } = await listApprovals(ctxOf(world.eddie), { limit: 10 })
      expect(listed).toMatchObject([{ runId, sessionId, sessionTitle: null, asker: { name: 'ci' } }])
      await expect(getSession(ctxOf(world.eddie), { sessionId })).rejects.toMatchObject({ code: 'not_found' })
      await decide(world.eddie, runId, open[0], approve)
      expect((await ended(runId)).at(-1)?.type).toBe('finish')
    })

    it('nobody from whose role the tool is hidden by now, though it was not when it was asked', async () => {
      const { runId, open } = await ask([restart()], world.eddie)
      await one.supervisor.idle()
      const undo = await changeServer((server) => {
        server.tools.restart = { policy: { editor: 'hidden' } }
      })
      await expect(decide(world.eddie, runId, open[0], approve)).rejects.toMatchObject({ code: 'forbidden' })
      await undo()
      await decide(world.eddie, runId, open[0], reject)
      await ended(runId)
    })

    it('not with an id that is forged, or of another run', async () => {
      const first = await ask([restart()])
      const second = await ask([restart()])
      const forged = newResourceId('apr', world.organisation.id)
      for (const approvalId of [forged, 'apr_1', '', second.open[0]?.approvalId ?? '']) {
        const input = { runId: first.runId, approvalId, decision: approve }
        await expect(decideApproval(ctxOf(world.ada), input)).rejects.toMatchObject({ code: 'not_found' })
      }
      expect(made('restart')).toEqual([])
      await cancelRun(ctxOf(world.ada), { runId: first.runId })
      await cancelRun(ctxOf(world.ada), { runId: second.runId })
      await ended(first.runId)
      await ended(second.runId)
    })
  })

  describe('at the call, after the approval,', () => {
    it('a role that was taken away refuses it', async () => {
      const { store: driver } = one.services
      const eddie = (world.eddie as { id: string }).id
      const { runId, sessionId, open } = await ask([restart()], world.eddie)
      await one.supervisor.idle()
      await changeSession(ctxOf(world.eddie), { sessionId, visibility: 'organisation' })
      await putMember(driver, world.organisation.id, { userId: eddie, role: 'viewer' })
      await expect(decide(world.eddie, runId, open[0], approve)).rejects.toMatchObject({ code: 'forbidden' })
      await decide(world.ada, runId, open[0], approve)
      await ended(runId)
      await putMember(driver, world.organisation.id, { userId: eddie, role: 'editor' })
      expect(made('restart')).toEqual([])
      expect(results()).toEqual([expect.stringContaining('not permitted')])
      const [, call] = await audited(runId)
      expect(call).toMatchObject({ action: 'tool.call', decision: 'refused', outcome: 'not called' })
    })

    it('a tool that changed its definition is not called', async () => {
      const { runId, open } = await ask([restart()])
      await one.supervisor.idle()
      const undo = await changeServer((server) => {
        server.tools.restart = { risk: 'destructive' }
      })
      await decide(world.ada, runId, open[0], approve)
      await ended(runId)
      await undo()
      expect(made('restart')).toEqual([])
      expect(results()).toEqual([expect.stringContaining('changed its definition after the call had been approved')])
    })
  })

  describe('for the session', () => {
    it('the same arguments are not asked about again, others are, and other sessions are', async () => {
      const { runId, sessionId, open } = await ask([restart('a')])
      await decide(world.ada, runId, open[0], approve, { scope: 'session' })
      await ended(runId)
      world.model.answerInTurn(
        () => [restart('a')],
        () => [{ text: 'Again.' }],
      )
      const again = await startRun(ctxOf(world.ada), { message: 'Again', sessionId })
      const events = await ended(again.runId)
      expect(events.some((chunk: RunChunk) => chunk.type === 'data-approval')).toBe(false)
      expect(made('restart').length).toBe(2)
      expect(await audited(again.runId)).toMatchObject([{ action: 'tool.call', decision: 'granted' }])
      const other = await ask([restart('b')], world.ada, { sessionId })
      expect(other.open.length).toBe(1)
      await cancelRun(ctxOf(world.ada), { runId: other.runId })
      await ended(other.runId)
      const elsewhere = await ask([restart('a')])
      expect(elsewhere.open.length).toBe(1)
      await cancelRun(ctxOf(world.ada), { runId: elsewhere.runId })
      await ended(elsewhere.runId)
      // A new definition ends the grant.
      const undo = await changeServer((server) => {
        server.tools.restart = { risk: 'destructive' }
      })
      const changed = await ask([restart('a')], world.ada, { sessionId })
      expect(changed.open.length).toBe(1)
      await cancelRun(ctxOf(world.ada), { runId: changed.runId })
      await ended(changed.runId)
      await undo()
      // And so does the end of the session.
      await deleteSession(ctxOf(world.ada), { sessionId })
      const left = () =>
        grants.list(one.services.store, world.organisation.id, {
          index: 'session',
          group: sessionId,
          order: 'ascending',
          limit: 5,
        })
      await one.supervisor.sweep()
      await expect.poll(async () => (await left()).items.length, { timeout: 5_000 }).toBe(0)
    })

    it('a grant counts only as long as its giver could give it again', async () => {
      const { store: driver } = one.services
      const { runId, sessionId, open } = await ask([restart()], world.eddie)
      await changeSession(ctxOf(world.eddie), { sessionId, visibility: 'organisation' })
      await decide(world.ada, runId, open[0], approve, { scope: 'session' })
      await ended(runId)
      const ada = (world.ada as { id: string }).id
      await putMember(driver, world.organisation.id, { userId: ada, role: 'viewer' })
      const again = await ask([restart()], world.eddie, { sessionId })
      expect(again.open.length).toBe(1)
      await putMember(driver, world.organisation.id, { userId: ada, role: 'admin' })
      await decide(world.eddie, again.runId, again.open[0], reject)
      await ended(again.runId)
    })
  })

  describe('the list of active runs', () => {
    it('shows admins everybody’s without what is private, others their own, and lets admins stop all', async () => {
      const { runId, sessionId } = await ask([restart()], world.eddie)
      const mine = await ask([{ call: 'shop__drop', arguments: '{}' }])
      const seen = async (who: Principal) => (await listActiveRuns(ctxOf(who), {})).runs
      expect((await seen(world.eddie)).map(({ id }) => id)).toEqual([runId])
      expect(await seen(world.ada)).toMatchObject([
        { id: mine.runId, status: 'waiting', calls: [{ server: 'shop', tool: 'drop', state: 'waiting' }] },
        { id: runId, sessionTitle: null, asker: { name: 'eddie' }, status: 'waiting' },
      ])
      await expect(getSession(ctxOf(world.ada), { sessionId })).rejects.toMatchObject({ code: 'not_found' })
      await expect(cancelRun(ctxOf(world.vera), { runId })).rejects.toMatchObject({ code: 'not_found' })
      await cancelRun(ctxOf(world.ada), { runId })
      await cancelRun(ctxOf(world.ada), { runId: mine.runId })
      expect((await ended(runId)).at(-1)?.type).toBe('abort')
      await ended(mine.runId)
      expect(await seen(world.ada)).toEqual([])
      expect(await idsWaitingFor(one.services.store, world.organisation.id, { key: '', role: 'admin' })).toEqual([])
    })
  })
})
