import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { auditRecords } from '@/lib/access/audit-collection'
import type { Principal } from '@/lib/access/types'
import type { ApprovalData } from '@/lib/agent/events'
import { mcpServers } from '@/lib/mcp/config'
import { text } from '@/lib/mcp/testing/script'
import { decideApproval } from '@/lib/runs/approvals/decide'
import { getRun } from '@/lib/runs/get'
import { startRun } from '@/lib/runs/start'
import { gate, type Reply } from '@/lib/runs/testing/model-server'
import { type Instance, type STORES, World } from '@/lib/runs/testing/world'

/** A call that writes. */
export const restart = (value = 'db'): Reply => ({
  call: 'shop__restart',
  arguments: JSON.stringify({ service: value }),
})
export const approve = 'approve' as const
export const reject = 'reject' as const

/**
 * Two processes over one store, and a server whose tools read (`look`), write (`restart`) and destroy (`drop`). Set up
 * and taken down by the hooks of the describe block that calls it.
 */
export function approvalsScene(store: (typeof STORES)[number]) {
  let world: World
  let one: Instance
  let two: Instance
  let look: ReturnType<typeof gate> | null = null
  let killed = false

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
    look?.open()
    look = null
    // A killed process never comes to an end.
    if (!killed) await one.supervisor.drain()
    killed = false
    await two.supervisor.drain()
    await one.close()
    await two.close()
  })
  afterAll(() => world.close())

  const ctxOf = (principal: Principal, instance = one) => instance.as(principal)

  const waits = (by: Principal, runId: string) =>
    expect.poll(async () => (await getRun(ctxOf(by), { runId })).status, { timeout: 10_000 }).toBe('waiting')

  async function questions(runId: string): Promise<ApprovalData[]> {
    const found = new Map<string, ApprovalData>()
    for (const chunk of await world.log(one, runId)) {
      if (chunk.type === 'data-approval') found.set(chunk.data.approvalId, chunk.data)
    }
    return [...found.values()]
  }

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

  function decide(
    by: Principal,
    runId: string,
    question: ApprovalData | undefined,
    decision: 'approve' | 'reject',
    more: { comment?: string; scope?: 'once' | 'session'; instance?: Instance } = {},
  ) {
    const { instance, ...rest } = more
    const approvalId = question?.approvalId ?? ''
    return decideApproval(ctxOf(by, instance), { runId, approvalId, decision, ...rest })
  }

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

  /** Changes the server's stored settings; answers how to take that back. */
  async function changeServer(change: (server: Parameters<typeof mcpServers.put>[1]) => void) {
    const { store: driver } = one.services
    const list = { index: 'all', group: 'all', order: 'ascending', limit: 1 } as const
    const [server] = (await mcpServers.list(driver, world.organisation.id, list)).items
    if (!server) throw new Error('no server')
    const put = (body: typeof server.body) =>
      driver.commit({
        partition: world.organisation.id,
        operationId: crypto.randomUUID(),
        operations: [mcpServers.put(server.id, body)],
      })
    const body = structuredClone(server.body)
    change(body)
    await put(body)
    return () => put(server.body)
  }

  return {
    get world() {
      return world
    },
    get one() {
      return one
    },
    get two() {
      return two
    },
    ctxOf,
    ask,
    waits,
    questions,
    decide,
    audited,
    changeServer,
    ended: (runId: string, instance = one) => world.ended(instance, runId),
    made: (name: string) => world.tools.calls.filter(({ tool }) => tool === name),
    /** What the model read of its last calls. */
    results: () =>
      (world.model.requests.at(-1)?.body.messages ?? [])
        .filter(({ role }) => role === 'tool')
        .map(({ content }) => String(content)),
    /** From now on `look` does not answer until the gate is opened. */
    holdLook: () => {
      look = gate()
      return look
    },
    kill: () => {
      killed = true
      one.kill()
    },
  }
}
