import { describe, expect, it } from 'vitest'
import { putMember, removeMember } from '@/lib/access/organisations'
import { approvals } from '@/lib/runs/approvals/collection'
import { listApprovals } from '@/lib/runs/approvals/list'
import { approvalsScene, approve, restart } from '@/lib/runs/approvals/testing/scene'
import { cancelRun } from '@/lib/runs/cancel'
import { runLease, runs } from '@/lib/runs/collection'
import { startRun } from '@/lib/runs/start'
import { STORES } from '@/lib/runs/testing/world'
import { deleteSession } from '@/lib/sessions/delete'
import { getSession } from '@/lib/sessions/get'
import { listSessions } from '@/lib/sessions/list'

describe.each(STORES)('a run that waits for approval, over %s', (store) => {
  const scene = approvalsScene(store)
  const { ask, ctxOf, questions, decide, ended, results, made, audited, kill } = scene

  it('a call that needs one makes the run wait without an owner; approved, it is made once with exactly its arguments', async () => {
    const { runId, sessionId, open } = await ask([restart()])
    expect(open).toMatchObject([
      { tool: 'restart', server: 'shop', risk: 'write', arguments: { service: 'db' }, decidableBy: 'asker' },
    ])
    await scene.one.supervisor.idle()
    expect(made('restart')).toEqual([])
    const lease = await scene.one.services.store.readLease(scene.world.organisation.id, runLease(runId))
    expect(lease?.remaining ?? 0).toBeLessThanOrEqual(0)
    const waiting = { activeRunId: runId, waiting: true, waitingForMe: [open[0]?.approvalId] }
    expect(await getSession(ctxOf(scene.world.ada), { sessionId })).toMatchObject(waiting)
    const { sessions } = await listSessions(ctxOf(scene.world.ada), { limit: 5 })
    expect(sessions.find(({ id }) => id === sessionId)).toMatchObject(waiting)
    const listed = await listApprovals(ctxOf(scene.world.ada), { limit: 10 })
    expect(listed.approvals).toMatchObject([{ approvalId: open[0]?.approvalId, runId, status: 'open' }])

    const decided = await decide(scene.world.ada, runId, open[0], approve, { instance: scene.two })
    expect(decided).toMatchObject({ status: 'decided', decision: 'approve', decidedBy: 'ada' })
    const events = await ended(runId)
    expect(events.at(-1)).toMatchObject({ type: 'finish', messageMetadata: { attempts: 1 } })
    expect(made('restart')).toMatchObject([{ args: { service: 'db' } }])
    expect(results()).toEqual(['restarted db'])
    const types = events.map(({ type }) => type)
    const started = events.findIndex((chunk) => chunk.type === 'data-tool-progress')
    expect(started).toBeGreaterThan(types.lastIndexOf('data-approval'))
    const { messages, ...session } = await getSession(ctxOf(scene.world.ada), { sessionId })
    expect(session).toMatchObject({ activeRunId: null, waiting: false, waitingForMe: [] })
    expect(messages.at(-1)?.parts.find((part) => part.type === 'data-approval')).toMatchObject({
      id: open[0]?.approvalId,
      data: { decision: 'approve', decidedBy: 'ada' },
    })
    expect((await listApprovals(ctxOf(scene.world.ada), { limit: 10 })).approvals).toEqual([])
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

  it('survives that the process is killed while the run waits, and right after it asked', async () => {
    const { runId, open } = await ask([restart()])
    kill()
    await decide(scene.world.ada, runId, open[0], approve, { instance: scene.two })
    const events = await ended(runId, scene.two)
    expect(events.at(-1)).toMatchObject({ type: 'finish', messageMetadata: { attempts: 1 } })
    expect(made('restart').length).toBe(1)
  })

  it('that was given while the owner was being killed is followed by the process that takes the run over', async () => {
    const look = scene.holdLook()
    scene.world.model.answerInTurn(
      () => [{ call: 'shop__look', arguments: '{}' }, restart()],
      () => [{ text: 'Done.' }],
    )
    const { runId } = await startRun(ctxOf(scene.world.ada), { message: 'Both' })
    await expect.poll(async () => (await questions(runId)).length).toBe(1)
    const [question] = await questions(runId)
    kill()
    await decide(scene.world.ada, runId, question, approve, { instance: scene.two })
    expect(made('restart')).toEqual([])
    look.open()
    await scene.world.lapse(runId)
    await scene.two.supervisor.sweep()
    const events = await ended(runId, scene.two)
    expect(events.at(-1)?.type).toBe('finish')
    expect(made('restart').length).toBe(1)
    expect(events.filter((chunk) => chunk.type === 'data-approval').length).toBe(2)
  })

  it('a sweep leaves a waiting run alone, and a hand-over finds nothing to hand over', async () => {
    const { runId, open } = await ask([restart()])
    await scene.one.supervisor.idle()
    const before = (await scene.world.log(scene.one, runId)).length
    await scene.two.supervisor.sweep()
    await scene.two.supervisor.idle()
    scene.two.supervisor.execute(scene.world.organisation.id, runId)
    await scene.two.supervisor.idle()
    await scene.one.supervisor.drain()
    expect((await scene.world.log(scene.two, runId)).length).toBe(before)
    await decide(scene.world.ada, runId, open[0], approve, { instance: scene.two })
    expect((await ended(runId, scene.two)).at(-1)?.type).toBe('finish')
  })

  it('decided on a process that shuts down is carried out by another one', async () => {
    const { runId, open } = await ask([restart()])
    await scene.one.supervisor.drain()
    scene.two.supervisor.startSweeping()
    await decide(scene.world.ada, runId, open[0], approve)
    expect((await ended(runId, scene.two)).at(-1)?.type).toBe('finish')
    expect(made('restart').length).toBe(1)
  })

  it('a stop cancels a waiting run, withdraws its question, and the queue pauses as after every stop', async () => {
    const { runId, sessionId, open } = await ask([restart()])
    await scene.one.supervisor.idle()
    const next = await startRun(ctxOf(scene.world.ada), { message: 'And then?', sessionId })
    expect(next.status).toBe('queued')
    await cancelRun(ctxOf(scene.world.ada, scene.two), { runId })
    expect((await ended(runId)).at(-1)?.type).toBe('abort')
    await expect(decide(scene.world.ada, runId, open[0], approve)).rejects.toMatchObject({ code: 'conflict' })
    expect((await listApprovals(ctxOf(scene.world.ada), { limit: 10 })).approvals).toEqual([])
    expect(await getSession(ctxOf(scene.world.ada), { sessionId })).toMatchObject({ waiting: false, queuePaused: true })
    expect(made('restart')).toEqual([])
  })

  it('a message that steers ends the waiting, one that queues waits its turn', async () => {
    const { runId, sessionId } = await ask([restart()])
    await scene.one.supervisor.idle()
    scene.world.model.answer(() => [{ text: 'Instead.' }])
    const steered = await startRun(ctxOf(scene.world.ada), { message: 'Leave it', sessionId, whenBusy: 'steer' })
    expect((await ended(runId)).at(-1)?.type).toBe('abort')
    expect((await ended(steered.runId)).at(-1)?.type).toBe('finish')
  })

  it('with its session deleted leaves nothing behind', async () => {
    const { runId, sessionId, open } = await ask([restart()])
    await scene.one.supervisor.idle()
    await deleteSession(ctxOf(scene.world.ada), { sessionId })
    await expect(decide(scene.world.ada, runId, open[0], approve)).rejects.toMatchObject({ code: 'not_found' })
    await scene.one.supervisor.idle()
    await scene.one.supervisor.sweep()
    await expect.poll(async () => (await scene.world.log(scene.one, runId)).length, { timeout: 5_000 }).toBe(0)
    const gone = () => approvals.get(scene.one.services.store, scene.world.organisation.id, open[0]?.approvalId ?? '')
    await expect.poll(gone, { timeout: 5_000 }).toBeNull()
  })

  it('of somebody who is no member any more ends with the run, at the next look for such runs', async () => {
    const { store: driver } = scene.one.services
    const { runId } = await ask([restart()], scene.world.eddie)
    await scene.one.supervisor.idle()
    await removeMember(driver, scene.world.organisation.id, (scene.world.eddie as { id: string }).id)
    await scene.two.supervisor.sweep()
    await expect
      .poll(async () => (await runs.get(driver, scene.world.organisation.id, runId))?.body.state)
      .toMatchObject({ status: 'failed', error: { code: 'not_a_member' } })
    await putMember(driver, scene.world.organisation.id, {
      userId: (scene.world.eddie as { id: string }).id,
      role: 'editor',
    })
    expect(made('restart')).toEqual([])
  })

  it('waiting costs no time of the run’s limit and no place among the runs at once', async () => {
    const { store: driver } = scene.one.services
    const place = () => driver.readCounter(scene.world.organisation.id, 'active-runs')
    const before = await place()
    const { runId, open } = await ask([restart()])
    await scene.one.supervisor.idle()
    expect(await place()).toBe(before)
    const stored = await runs.get(driver, scene.world.organisation.id, runId)
    if (stored?.body.state.status !== 'waiting') throw new Error('not waiting')
    // As if it had begun to wait two days ago, right after its start.
    const long = 48 * 3_600_000
    const state = { ...stored.body.state, startedAt: stored.body.state.startedAt - long, since: Date.now() - long }
    await driver.commit({
      partition: scene.world.organisation.id,
      operationId: crypto.randomUUID(),
      operations: [runs.put(runId, { ...stored.body, state })],
    })
    await decide(scene.world.ada, runId, open[0], approve)
    expect((await ended(runId)).at(-1)?.type).toBe('finish')
    await scene.one.supervisor.idle()
    expect(await place()).toBe(before)
  })
})
