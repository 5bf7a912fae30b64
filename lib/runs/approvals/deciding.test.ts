import { describe, expect, it } from 'vitest'
import { createToken } from '@/lib/access/tokens'
import type { Principal } from '@/lib/access/types'
import { newResourceId } from '@/lib/ids'
import { approvals } from '@/lib/runs/approvals/collection'
import { decideApproval } from '@/lib/runs/approvals/decide'
import { expireApprovals } from '@/lib/runs/approvals/expire'
import { listApprovals } from '@/lib/runs/approvals/list'
import { approvalsScene, approve, reject, restart } from '@/lib/runs/approvals/testing/scene'
import { cancelRun } from '@/lib/runs/cancel'
import { getRun } from '@/lib/runs/get'
import { startRun } from '@/lib/runs/start'
import { STORES } from '@/lib/runs/testing/world'
import { changeSession } from '@/lib/sessions/change'
import { getSession } from '@/lib/sessions/get'

describe.each(STORES)('deciding about a call, over %s', (store) => {
  const scene = approvalsScene(store)
  const { ask, ctxOf, waits, questions, decide, ended, results, made, audited, changeServer } = scene

  it('a rejection is a result that the model reads with its comment, and nothing is called', async () => {
    const { runId, open } = await ask([restart()])
    await decide(scene.world.ada, runId, open[0], reject, { comment: 'Not at noon' })
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
    const look = scene.holdLook()
    scene.world.model.answerInTurn(
      () => [{ call: 'shop__look', arguments: '{}' }, restart('a'), { call: 'shop__drop', arguments: '{}' }],
      () => [{ text: 'Done.' }],
    )
    const { runId, sessionId } = await startRun(ctxOf(scene.world.ada), { message: 'All of it' })
    await expect.poll(async () => (await questions(runId)).length).toBe(2)
    await expect.poll(async () => (await getSession(ctxOf(scene.world.ada), { sessionId })).waitingForMe.length).toBe(2)
    expect((await getRun(ctxOf(scene.world.ada), { runId })).status).toBe('running')
    await expect.poll(() => made('look').length).toBe(1)
    const log = await scene.world.log(scene.one, runId)
    const asked = log.flatMap((chunk, index) => (chunk.type === 'data-approval' ? [index] : []))
    expect(asked[1]).toBe((asked[0] ?? 0) + 1)
    // Decided while another call is in flight: this one is made at once, by the process that owns the run.
    const [first, second] = await questions(runId)
    await decide(scene.world.ada, runId, first, approve, { instance: scene.two })
    await expect.poll(() => made('restart').length).toBe(1)
    expect((await getRun(ctxOf(scene.world.ada), { runId })).status).toBe('running')
    look.open()
    await waits(scene.world.ada, runId)
    await scene.one.supervisor.idle()
    await decide(scene.world.ada, runId, second, reject)
    await ended(runId)
    expect(results()).toEqual(['looked', 'restarted a', expect.stringContaining('rejected this call')])
  })

  it('with two open questions goes on with the second decision, and everybody sees the first one at once', async () => {
    const { runId, open } = await ask([restart('a'), restart('b')])
    await scene.one.supervisor.idle()
    await decide(scene.world.ada, runId, open[1], approve)
    expect((await getRun(ctxOf(scene.world.ada), { runId })).status).toBe('waiting')
    expect((await questions(runId)).map(({ decision }) => decision)).toEqual([undefined, 'approve'])
    expect(made('restart')).toEqual([])
    await decide(scene.world.ada, runId, open[0], approve)
    await ended(runId)
    expect(results()).toEqual(['restarted a', 'restarted b'])
  })

  it('is decided exactly once whoever clicks where, and the same verdict again is answered alike', async () => {
    for (let round = 0; round < 8; round += 1) {
      scene.world.tools.calls.length = 0
      const { runId, open } = await ask([restart()])
      const votes = await Promise.allSettled([
        decide(scene.world.ada, runId, open[0], approve),
        decide(scene.world.ada, runId, open[0], reject, { instance: scene.two }),
        decide(scene.world.ada, runId, open[0], approve, { instance: scene.two }),
        decide(scene.world.ada, runId, open[0], reject),
      ])
      const kinds = votes.map((vote) => (vote.status === 'fulfilled' ? vote.value.decision : vote.reason.code))
      const winner = kinds.includes(approve) ? approve : reject
      expect(kinds.map((kind) => (kind === winner ? 'won' : kind))).toEqual(
        winner === approve ? ['won', 'conflict', 'won', 'conflict'] : ['conflict', 'won', 'conflict', 'won'],
      )
      await ended(runId)
      expect(made('restart').length).toBe(winner === approve ? 1 : 0)
      const log = await scene.world.log(scene.one, runId)
      expect(log.filter((chunk) => chunk.type === 'data-approval' && chunk.data.decision).length).toBe(1)
      // Both may fall into one millisecond, by which they are ordered.
      expect((await audited(runId)).map(({ action }) => action).toSorted()).toEqual(['approval.decide', 'tool.call'])
      await expect(decide(scene.world.ada, runId, open[0], winner)).resolves.toMatchObject({ decision: winner })
      const other = winner === approve ? reject : approve
      await expect(decide(scene.world.ada, runId, open[0], other)).rejects.toMatchObject({ code: 'conflict' })
    }
  })

  it('that nobody decides in time is rejected, by whichever process looks', async () => {
    const { runId, open } = await ask([restart()])
    await scene.one.supervisor.idle()
    const id = open[0]?.approvalId ?? ''
    const stored = await approvals.get(scene.one.services.store, scene.world.organisation.id, id)
    if (!stored) throw new Error('no approval')
    await scene.one.services.store.commit({
      partition: scene.world.organisation.id,
      operationId: crypto.randomUUID(),
      operations: [approvals.put(id, { ...stored.body, expiresAt: Date.now() - 1 })],
    })
    await Promise.all(
      [scene.one, scene.two].map(({ services }) => expireApprovals(services, scene.world.organisation.id)),
    )
    const events = await ended(runId)
    expect(events.at(-1)?.type).toBe('finish')
    expect((await questions(runId))[0]).toMatchObject({ decision: 'reject', expired: true })
    expect(results()).toEqual([expect.stringContaining('Nobody approved of this call in time')])
    expect(await audited(runId)).toMatchObject([
      { action: 'approval.decide', actor: 'Longwatch', decision: 'expired' },
      { action: 'tool.call', decision: 'expired', outcome: 'not called' },
    ])
    await expect(decide(scene.world.ada, runId, open[0], approve)).rejects.toMatchObject({ code: 'conflict' })
  })

  describe('who may decide', () => {
    it('in a private session only the asker, for everybody else there is no such approval', async () => {
      const { runId, open } = await ask([restart()], scene.world.eddie)
      for (const other of [scene.world.ada, scene.world.vera, scene.world.stranger]) {
        await expect(decide(other, runId, open[0], approve)).rejects.toMatchObject({ code: 'not_found' })
      }
      await decide(scene.world.eddie, runId, open[0], approve)
      expect((await ended(runId)).at(-1)?.type).toBe('finish')
    })

    it('in a session of the organisation an editor about writes, an admin about destruction, viewers see only', async () => {
      const { runId, sessionId, open } = await ask(
        [restart(), { call: 'shop__drop', arguments: '{}' }],
        scene.world.eddie,
      )
      await changeSession(ctxOf(scene.world.eddie), { sessionId, visibility: 'organisation' })
      const [write, destroy] = open
      await expect(decide(scene.world.vera, runId, write, approve)).rejects.toMatchObject({ code: 'forbidden' })
      await expect(decide(scene.world.stranger, runId, write, approve)).rejects.toMatchObject({ code: 'not_found' })
      await expect(decide(scene.world.eddie, runId, destroy, approve)).rejects.toMatchObject({ code: 'forbidden' })
      const waiting = async (who: Principal) => (await getSession(ctxOf(who), { sessionId })).waitingForMe
      expect(await waiting(scene.world.vera)).toEqual([])
      expect(await waiting(scene.world.eddie)).toEqual([write?.approvalId])
      expect(await waiting(scene.world.ada)).toEqual([write?.approvalId, destroy?.approvalId])
      await decide(scene.world.eddie, runId, write, approve)
      await decide(scene.world.ada, runId, destroy, approve)
      await ended(runId)
      expect(results()).toEqual(['restarted db', 'dropped'])
    })

    it('about a token’s calls an editor and an admin, although its session is not theirs, and never the token itself', async () => {
      const { token } = await createToken(scene.one.services.store, scene.world.organisation.id, {
        name: 'ci',
        role: 'admin',
      })
      const ci: Principal = { kind: 'token', id: token.id, organisationId: scene.world.organisation.id }
      const { runId, sessionId, open } = await ask([restart()], ci)
      await expect(decide(ci, runId, open[0], approve)).rejects.toMatchObject({ code: 'forbidden' })
      await expect(decide(scene.world.vera, runId, open[0], approve)).rejects.toMatchObject({ code: 'not_found' })
      const { approvals: listed } = await listApprovals(ctxOf(scene.world.eddie), { limit: 10 })
      expect(listed).toMatchObject([{ runId, sessionId, sessionTitle: null, asker: { name: 'ci' } }])
      await expect(getSession(ctxOf(scene.world.eddie), { sessionId })).rejects.toMatchObject({ code: 'not_found' })
      await decide(scene.world.eddie, runId, open[0], approve)
      expect((await ended(runId)).at(-1)?.type).toBe('finish')
    })

    it('nobody from whose role the tool is hidden by now, though it was not when it was asked', async () => {
      const { runId, open } = await ask([restart()], scene.world.eddie)
      await scene.one.supervisor.idle()
      const undo = await changeServer((server) => {
        server.tools.restart = { policy: { editor: 'hidden' } }
      })
      await expect(decide(scene.world.eddie, runId, open[0], approve)).rejects.toMatchObject({ code: 'forbidden' })
      await undo()
      await decide(scene.world.eddie, runId, open[0], reject)
      await ended(runId)
    })

    it('not with an id that is forged, or of another run', async () => {
      const first = await ask([restart()])
      const second = await ask([restart()])
      const forged = newResourceId('apr', scene.world.organisation.id)
      for (const approvalId of [forged, 'apr_1', '', second.open[0]?.approvalId ?? '']) {
        const input = { runId: first.runId, approvalId, decision: approve }
        await expect(decideApproval(ctxOf(scene.world.ada), input)).rejects.toMatchObject({ code: 'not_found' })
      }
      expect(made('restart')).toEqual([])
      await cancelRun(ctxOf(scene.world.ada), { runId: first.runId })
      await cancelRun(ctxOf(scene.world.ada), { runId: second.runId })
      await ended(first.runId)
      await ended(second.runId)
    })
  })
})
