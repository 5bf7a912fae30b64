import { describe, expect, it } from 'vitest'
import { putMember } from '@/lib/access/organisations'
import type { Principal } from '@/lib/access/types'
import type { RunChunk } from '@/lib/agent/events'
import { grants } from '@/lib/runs/approvals/collection'
import { idsWaitingFor } from '@/lib/runs/approvals/list'
import { approvalsScene, approve, reject, restart } from '@/lib/runs/approvals/testing/scene'
import { cancelRun } from '@/lib/runs/cancel'
import { listActiveRuns } from '@/lib/runs/list-active'
import { startRun } from '@/lib/runs/start'
import { STORES } from '@/lib/runs/testing/world'
import { changeSession } from '@/lib/sessions/change'
import { deleteSession } from '@/lib/sessions/delete'
import { getSession } from '@/lib/sessions/get'

describe.each(STORES)('what a decision allows, over %s', (store) => {
  const scene = approvalsScene(store)
  const { ask, ctxOf, decide, ended, results, made, audited, changeServer } = scene

  describe('at the call, after the approval,', () => {
    it('a role that was taken away refuses it', async () => {
      const { store: driver } = scene.one.services
      const eddie = (scene.world.eddie as { id: string }).id
      const { runId, sessionId, open } = await ask([restart()], scene.world.eddie)
      await scene.one.supervisor.idle()
      await changeSession(ctxOf(scene.world.eddie), { sessionId, visibility: 'organisation' })
      await putMember(driver, scene.world.organisation.id, { userId: eddie, role: 'viewer' })
      await expect(decide(scene.world.eddie, runId, open[0], approve)).rejects.toMatchObject({ code: 'forbidden' })
      await decide(scene.world.ada, runId, open[0], approve)
      await ended(runId)
      await putMember(driver, scene.world.organisation.id, { userId: eddie, role: 'editor' })
      expect(made('restart')).toEqual([])
      expect(results()).toEqual([expect.stringContaining('not permitted')])
      const [, call] = await audited(runId)
      expect(call).toMatchObject({ action: 'tool.call', decision: 'refused', outcome: 'not called' })
    })

    it('a tool that changed its definition is not called', async () => {
      const { runId, open } = await ask([restart()])
      await scene.one.supervisor.idle()
      const undo = await changeServer((server) => {
        server.tools.restart = { risk: 'destructive' }
      })
      await decide(scene.world.ada, runId, open[0], approve)
      await ended(runId)
      await undo()
      expect(made('restart')).toEqual([])
      expect(results()).toEqual([expect.stringContaining('changed its definition after the call had been approved')])
    })
  })

  describe('for the session', () => {
    it('the same arguments are not asked about again, others are, and other sessions are', async () => {
      const { runId, sessionId, open } = await ask([restart('a')])
      await decide(scene.world.ada, runId, open[0], approve, { scope: 'session' })
      await ended(runId)
      scene.world.model.answerInTurn(
        () => [restart('a')],
        () => [{ text: 'Again.' }],
      )
      const again = await startRun(ctxOf(scene.world.ada), { message: 'Again', sessionId })
      const events = await ended(again.runId)
      expect(events.some((chunk: RunChunk) => chunk.type === 'data-approval')).toBe(false)
      expect(made('restart').length).toBe(2)
      expect(await audited(again.runId)).toMatchObject([{ action: 'tool.call', decision: 'granted' }])
      const other = await ask([restart('b')], scene.world.ada, { sessionId })
      expect(other.open.length).toBe(1)
      await cancelRun(ctxOf(scene.world.ada), { runId: other.runId })
      await ended(other.runId)
      const elsewhere = await ask([restart('a')])
      expect(elsewhere.open.length).toBe(1)
      await cancelRun(ctxOf(scene.world.ada), { runId: elsewhere.runId })
      await ended(elsewhere.runId)
      // A new definition ends the grant.
      const undo = await changeServer((server) => {
        server.tools.restart = { risk: 'destructive' }
      })
      const changed = await ask([restart('a')], scene.world.ada, { sessionId })
      expect(changed.open.length).toBe(1)
      await cancelRun(ctxOf(scene.world.ada), { runId: changed.runId })
      await ended(changed.runId)
      await undo()
      // And so does the end of the session.
      await deleteSession(ctxOf(scene.world.ada), { sessionId })
      const left = () =>
        grants.list(scene.one.services.store, scene.world.organisation.id, {
          index: 'session',
          group: sessionId,
          order: 'ascending',
          limit: 5,
        })
      await scene.one.supervisor.sweep()
      await expect.poll(async () => (await left()).items.length, { timeout: 5_000 }).toBe(0)
    })

    it('a grant counts only as long as its giver could give it again', async () => {
      const { store: driver } = scene.one.services
      const { runId, sessionId, open } = await ask([restart()], scene.world.eddie)
      await changeSession(ctxOf(scene.world.eddie), { sessionId, visibility: 'organisation' })
      await decide(scene.world.ada, runId, open[0], approve, { scope: 'session' })
      await ended(runId)
      const ada = (scene.world.ada as { id: string }).id
      await putMember(driver, scene.world.organisation.id, { userId: ada, role: 'viewer' })
      const again = await ask([restart()], scene.world.eddie, { sessionId })
      expect(again.open.length).toBe(1)
      await putMember(driver, scene.world.organisation.id, { userId: ada, role: 'admin' })
      await decide(scene.world.eddie, again.runId, again.open[0], reject)
      await ended(again.runId)
    })
  })

  describe('the list of active runs', () => {
    it('shows admins everybody’s without what is private, others their own, and lets admins stop all', async () => {
      const { runId, sessionId } = await ask([restart()], scene.world.eddie)
      const mine = await ask([{ call: 'shop__drop', arguments: '{}' }])
      const seen = async (who: Principal) => (await listActiveRuns(ctxOf(who), {})).runs
      expect((await seen(scene.world.eddie)).map(({ id }) => id)).toEqual([runId])
      expect(await seen(scene.world.ada)).toMatchObject([
        { id: mine.runId, status: 'waiting', calls: [{ server: 'shop', tool: 'drop', state: 'waiting' }] },
        { id: runId, sessionTitle: null, asker: { name: 'eddie' }, status: 'waiting' },
      ])
      await expect(getSession(ctxOf(scene.world.ada), { sessionId })).rejects.toMatchObject({ code: 'not_found' })
      await expect(cancelRun(ctxOf(scene.world.vera), { runId })).rejects.toMatchObject({ code: 'not_found' })
      await cancelRun(ctxOf(scene.world.ada), { runId })
      await cancelRun(ctxOf(scene.world.ada), { runId: mine.runId })
      expect((await ended(runId)).at(-1)?.type).toBe('abort')
      await ended(mine.runId)
      expect(await seen(scene.world.ada)).toEqual([])
      expect(
        await idsWaitingFor(scene.one.services.store, scene.world.organisation.id, { key: '', role: 'admin' }),
      ).toEqual([])
    })
  })
})
