import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { tokens } from '@/lib/access/collections'
import { createOrganisation, putMember } from '@/lib/access/organisations'
import { createToken } from '@/lib/access/tokens'
import type { Organisation, Principal, Role } from '@/lib/access/types'
import { createUser } from '@/lib/access/users'
import { encodeSession } from '@/lib/auth/session'
import { provideServices } from '@/lib/composition'
import type { Services } from '@/lib/context'
import { loadEnv, provideEnv } from '@/lib/env'
import { allRoutes } from '@/lib/http/testing/all-routes'
import type { Actor, RequestToMake } from '@/lib/http/testing/authorisation/row'
import { type Served, serveRoutes } from '@/lib/http/testing/serve'
import { gate } from '@/lib/runs/testing/model-server'
import { type Instance, World } from '@/lib/runs/testing/world'

/** Every route of `app/api` behind a real server, and the people that may or may not use them. */
export class AuthorisationWorld {
  readonly organisation: Organisation
  readonly runs: World
  readonly services: Services
  readonly instance: Instance
  readonly #served: Served
  readonly #credentials: Map<Actor, Record<string, string>>
  readonly people: Record<Exclude<Actor, 'nobody' | 'expired'>, Principal>

  private constructor(given: {
    runs: World
    instance: Instance
    served: Served
    credentials: Map<Actor, Record<string, string>>
    people: AuthorisationWorld['people']
  }) {
    this.runs = given.runs
    this.organisation = given.runs.organisation
    this.services = given.instance.services
    this.people = given.people
    this.instance = given.instance
    this.#served = given.served
    this.#credentials = given.credentials
  }

  static async create(): Promise<AuthorisationWorld> {
    provideEnv(
      loadEnv({
        NEXTAUTH_SECRET: 'x'.repeat(48),
        LONGWATCH_SECRET_KEY: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
        LONGWATCH_REQUESTS_PER_MINUTE: '100000',
      }),
    )
    // Nobody is asked but by the tools that are for it.
    const runs = await World.create({}, 'sqlite', {})
    const instance = await runs.process()
    provideServices(instance.services)
    const { store } = instance.services
    const globex = await createOrganisation(store, { slug: 'globex', name: 'Globex' })
    const person = async (name: string, organisationId: string, role: Role): Promise<Principal> => {
      const { id } = await createUser(store, { email: `${name}@people.test`, name, password: null })
      await putMember(store, organisationId, { userId: id, role })
      return { kind: 'user', id }
    }
    const people = {
      viewer: runs.vera,
      editor: runs.eddie,
      admin: runs.ada,
      owner: await person('olga', runs.organisation.id, 'editor'),
      stranger: await person('gus', globex.id, 'admin'),
    }
    const credentials = new Map<Actor, Record<string, string>>([['nobody', {}]])
    for (const [actor, { id }] of Object.entries(people)) {
      const cookie = `next-auth.session-token=${await encodeSession({ id, sessionVersion: 1 })}`
      credentials.set(actor as Actor, { cookie })
    }
    credentials.set('expired', {
      authorization: `Bearer ${await expiredToken(instance.services, runs.organisation.id)}`,
    })
    return new AuthorisationWorld({ runs, instance, served: await serveRoutes(await allRoutes()), credentials, people })
  }

  /** Asks and gives the answer's status; what streams is let go of. */
  async status(actor: Actor, method: string, { path, body, headers }: RequestToMake): Promise<number> {
    const client = new AbortController()
    const response = await this.#fetch(actor, method, path, body, headers, client.signal)
    const { status } = response
    client.abort()
    return status
  }

  /** Asks and reads the answer as JSON; throws when it is no success. For arrangements. */
  async call<Body>(actor: Actor, method: string, path: string, body?: unknown): Promise<Body> {
    const response = await this.#fetch(actor, method, path, body)
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`)
    return (text === '' ? undefined : JSON.parse(text)) as Body
  }

  /** Asks and gives the answer as it comes. */
  open(actor: Actor, path: string, signal: AbortSignal): Promise<Response> {
    return this.#fetch(actor, 'GET', path, undefined, {}, signal)
  }

  #fetch(actor: Actor, method: string, path: string, body?: unknown, headers = {}, signal?: AbortSignal) {
    return fetch(this.#served.base + path, {
      method,
      signal,
      headers: { ...this.#credentials.get(actor), origin: this.#served.base, ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
  }

  /** A session of the owner's without runs. */
  async session(visibility: 'private' | 'organisation' = 'organisation'): Promise<{ id: string }> {
    const session = await this.call<{ id: string }>('owner', 'POST', '/api/sessions', {})
    if (visibility === 'organisation') await this.call('owner', 'PATCH', `/api/sessions/${session.id}`, { visibility })
    return session
  }

  /** A finished run of the owner's that called the tool `picture`, and the evidence of it. */
  async finishedRun(visibility: 'private' | 'organisation' = 'organisation') {
    const { id: sessionId } = await this.session(visibility)
    this.runs.model.answerInTurn(
      () => [{ call: 'shop__picture', arguments: '{}' }],
      () => [{ text: 'Seen.' }],
    )
    const { runId } = await this.start(sessionId)
    const log = await this.runs.ended(this.instance, runId)
    const output = log.find((chunk) => chunk.type === 'tool-output-available')
    const evidenceId = output && (output.output as { evidenceId: string }).evidenceId
    return { sessionId, runId, evidenceId: evidenceId ?? '' }
  }

  /** A session of the owner's with a question that another one took the place of. */
  async replacedQuestion(visibility: 'private' | 'organisation' = 'organisation') {
    const { sessionId, runId } = await this.finishedRun(visibility)
    const question = `usr_${runId}`
    this.runs.model.answer(() => [{ text: 'Done.' }])
    const body = { message: 'Look again', sessionId, replaces: question }
    const again = await this.call<{ runId: string }>('owner', 'POST', '/api/agent/runs', body)
    await this.runs.ended(this.instance, again.runId)
    return { sessionId, question }
  }

  /** A run of the owner's that stands still until `end`, and one that is queued behind it. */
  async heldRun(visibility: 'private' | 'organisation' = 'organisation') {
    const hold = gate()
    const { id: sessionId } = await this.session(visibility)
    this.runs.model.answer(async function* () {
      yield { text: 'Begun. ' }
      yield { wait: hold.promise }
    })
    const { runId } = await this.start(sessionId)
    await expect.poll(async () => JSON.stringify(await this.runs.log(this.instance, runId))).toContain('Begun')
    const queued = await this.start(sessionId)
    this.#held.push(hold)
    return { sessionId, runId, queuedId: queued.runId }
  }

  /** A run of the owner's that waits for somebody to approve of a call. */
  async askingRun(tool: 'write' | 'destroy', visibility: 'private' | 'organisation' = 'organisation') {
    const { id: sessionId } = await this.session(visibility)
    // By what it is asked, not in turn: the run before may have been decided about just now and go on meanwhile.
    this.runs.model.answer(({ body }) =>
      body.messages.at(-1)?.role === 'tool' ? [{ text: 'Done.' }] : [{ call: `shop__${tool}`, arguments: '{}' }],
    )
    const { runId } = await this.start(sessionId)
    const asked = async () =>
      (await this.runs.log(this.instance, runId)).find((chunk) => chunk.type === 'data-approval')?.id ?? null
    await expect.poll(asked).not.toBeNull()
    return { sessionId, runId, approvalId: await asked() }
  }

  start(sessionId: string): Promise<{ runId: string }> {
    return this.call('owner', 'POST', '/api/agent/runs', { message: 'Look', sessionId })
  }

  readonly #held: { open: () => void }[] = []

  /** Lets everything go on that an arrangement held, and waits until nothing runs. */
  async settle(): Promise<void> {
    this.runs.model.answer(() => [{ text: 'Done.' }])
    for (const hold of this.#held.splice(0)) hold.open()
    await this.instance.supervisor.idle()
  }

  async close(): Promise<void> {
    await this.settle()
    await this.#served.close()
    await this.runs.close()
  }
}

/** The value of an admin's token that has just expired. */
async function expiredToken({ store }: Services, organisationId: string): Promise<string> {
  const { token, value } = await createToken(store, organisationId, { name: 'old', role: 'admin', expiresAt: 1 })
  await store.commit({
    partition: organisationId,
    operationId: randomUUID(),
    operations: [tokens.put(token.id, { ...token, expiresAt: Date.now() - 1 })],
  })
  return value
}
