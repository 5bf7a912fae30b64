import type { z } from 'zod'
import { type Principal, principalKey } from '@/lib/access/types'
import { authenticate, likelyAsker, usesBearer } from '@/lib/auth/authenticate'
import { addressOf } from '@/lib/auth/throttle'
import { services } from '@/lib/composition'
import type { Ctx, Services } from '@/lib/context'
import { env } from '@/lib/env'
import { LongwatchError } from '@/lib/errors'
import { Answer, toResponse } from '@/lib/http/answer'
import type { ApiRequest } from '@/lib/http/api-request'
import { directRoutes, type RouteParams } from '@/lib/http/direct'
import { readJson, readQuery, validate } from '@/lib/http/input'
import type { Operation } from '@/lib/http/operation'
import { requireOwnOrigin } from '@/lib/http/origin'
import { countRequest } from '@/lib/http/request-limit'
import { errorAnswer, jsonAnswer } from '@/lib/http/respond'
import { randomId } from '@/lib/ids'
import { inInvocation } from '@/lib/runs/invocation'
import { createLogger } from '@/lib/telemetry/logger'
import { histogram } from '@/lib/telemetry/metrics'

/** Of calls that anybody may make. */
export type PublicCtx = Omit<Ctx, 'principal'>

export interface HandlerInput<Params, Query, Body> {
  params: Params
  query: Query
  body: Body
  request: ApiRequest
}

export type RouteHandler = (request: Request, context: { params: Promise<RouteParams> }) => Promise<Response>

/**
 * A route handler for one call: authenticates, validates, calls `handler`, and answers with its result as JSON or with
 * the answer that it made. Errors become coded answers. The handler still authorises for itself. Next.js calls it, and
 * `server.mjs` once the route is loaded.
 */
export function handle<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Result extends z.ZodType,
  Auth extends 'required' | 'none',
  Ahead = never,
>(
  operation: Operation<Params, Query, Body, Result, Auth>,
  handler: (
    ctx: Auth extends 'none' ? PublicCtx : Ctx,
    input: HandlerInput<z.output<Params>, z.output<Query>, z.output<Body>>,
    /** What `askAhead` gave, if it was for the principal that the request turned out to have. */
    ahead: Ahead | null,
    // biome-ignore lint/suspicious/noConfusingVoidType: a handler that passes on a verb without result gives Promise<void>
  ) => Promise<z.input<Result> | Answer | Response | void>,
  /** Asks for what the handler will want, for who seems to ask, while that is looked up. It must neither throw nor change anything. */
  askAhead?: (ctx: Ctx, input: HandlerInput<z.output<Params>, z.output<Query>, z.output<Body>>) => Ahead,
): RouteHandler {
  const answer = (request: ApiRequest, params: Promise<RouteParams>) =>
    observe(request, operation.path, async (wired, requestId) => {
      const origin = { address: addressOf(request.headers), requestId }
      const ctxOf = (principal: Principal | null) => ({
        services: wired,
        requestId,
        origin,
        ...(principal && { principal }),
      })
      // Read meanwhile; what is wrong with it is told once it is known who asks.
      const reading = readInput(operation, request, params)
      reading.catch(() => undefined)
      // With what was read in hand all is asked for in one turn, which is one command to the store.
      const likely = askAhead && likelyAsker(wired, request)
      const read = likely && (await reading.catch(() => null))
      const admitting = admit(operation, wired, request)
      const ahead = likely && read && askAhead(ctxOf(likely) as Ctx, read)
      const { principal, counted } = await admitting
      const input = await reading
      await counted
      const isRight = likely && principal && principalKey(likely) === principalKey(principal)
      // `admit` gave a principal whenever the operation wants one.
      const ctx = ctxOf(principal) as Auth extends 'none' ? PublicCtx : Ctx
      const result = await handler(ctx, input, isRight && ahead ? ahead : null)
      if (result instanceof Response || result instanceof Answer) return result
      return jsonAnswer(result, result === undefined ? 204 : operation.status, requestId)
    })
  directRoutes().add(operation, answer)
  return async (request, { params }) => toResponse(await answer(request, params), request.method)
}

/** Rejects with `bad_request` or `payload_too_large`. */
async function readInput<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType>(
  operation: Pick<Operation<Params, Query, Body>, 'params' | 'query' | 'body' | 'maxBodyBytes'>,
  request: ApiRequest,
  params: Promise<RouteParams>,
): Promise<HandlerInput<z.output<Params>, z.output<Query>, z.output<Body>>> {
  const reading = operation.body && readJson(request, operation.maxBodyBytes)
  reading?.catch(() => undefined)
  const { query } = operation
  const input = {
    params: operation.params && validate(operation.params, await params, 'path'),
    query: query && validate(query, readQuery(query, new URL(request.url).searchParams), 'query'),
    body: operation.body && validate(operation.body, await reading, 'body'),
    request,
  }
  return input as HandlerInput<z.output<Params>, z.output<Query>, z.output<Body>>
}

/** Gives the request an id, turns what is thrown into an answer, and counts the answer. */
async function observe(
  request: ApiRequest,
  path: string,
  work: (wired: Services, requestId: string) => Promise<Answer | Response>,
): Promise<Answer | Response> {
  const started = performance.now()
  const requestId = chooseRequestId(request)
  let wired: Services | undefined
  let answer: Answer | Response
  try {
    answer = await inInvocation(async () => {
      wired = await services()
      return work(wired, requestId)
    })
  } catch (error) {
    answer = errorAnswer(error, requestId, wired?.logger ?? createLogger('info'))
  }
  nameRequest(answer, requestId)
  const labels = { method: request.method, path, status: String(answer.status) }
  requestDuration().observe(labels, (performance.now() - started) / 1000)
  return answer
}

interface Admission {
  principal: Principal | null
  /** Rejects with `rate_limited`; whatever the call does waits for it. */
  counted: Promise<void>
}

/** Lets the request in, or throws `unauthenticated`, or `forbidden` when a foreign page made it. */
async function admit(operation: Operation, wired: Services, request: ApiRequest): Promise<Admission> {
  const changesState = operation.method !== 'GET'
  if (operation.auth === 'none') {
    if (changesState && request.headers.has('origin')) requireOwnOrigin(request.headers, env().baseUrl)
    return { principal: null, counted: Promise.resolve() }
  }
  const principal = await authenticate(wired, request)
  if (!principal) throw new LongwatchError('unauthenticated', 'Sign in, or send an API token.')
  if (changesState && !usesBearer(request)) requireOwnOrigin(request.headers, env().baseUrl)
  const counted = countRequest(wired.store, principal, env().requestsPerMinute)
  // The request is read meanwhile, and may turn out to be a bad one first.
  counted.catch(() => undefined)
  return { principal, counted }
}

/**
 * A route handler for what is no call of the API (next-auth's own routes, metrics): no authentication, no validation;
 * errors become coded answers. `path` names it in the metrics.
 */
export function handlePlain(
  path: string,
  handler: (services: Services, request: Request) => Promise<Response>,
): (request: Request) => Promise<Response> {
  return async (request) => toResponse(await observe(request, path, (wired) => handler(wired, request)))
}

/** A proxy's request id, when it is a plain one; else a new one. */
function chooseRequestId(request: ApiRequest): string {
  const given = request.headers.get('x-request-id')
  return given && /^[A-Za-z0-9_-]{8,64}$/.test(given) ? given : randomId(16)
}

function nameRequest(answer: Answer | Response, requestId: string) {
  if (!(answer instanceof Response)) {
    answer.headers['x-request-id'] ??= requestId
    return
  }
  if (answer.headers.has('x-request-id')) return
  try {
    answer.headers.set('x-request-id', requestId)
  } catch {
    // A response that was fetched elsewhere has fixed headers; it goes out without.
  }
}

const requestDuration = () =>
  histogram('longwatch_http_request_duration_seconds', 'Time until an API call was answered (streams: began)', [
    'method',
    'path',
    'status',
  ])
