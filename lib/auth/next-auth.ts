import type { NextApiRequest, NextApiResponse } from 'next'
import NextAuth from 'next-auth'
import { authOptions } from '@/lib/auth/options'
import { addressOf } from '@/lib/auth/throttle'
import { withBasePath, withoutBasePath } from '@/lib/base-path'
import type { Services } from '@/lib/context'
import { env } from '@/lib/env'
import { notFound } from '@/lib/errors'
import { readText } from '@/lib/http/input'

const PREFIX = '/api/auth/'
const MAX_BODY_BYTES = 16 * 1024

/**
 * next-auth over web requests. Its own adapter for the App Router takes headers from Next.js' context and the body
 * unbounded; this one gives it what it needs, and answers a throttled sign-in with 429.
 */
export async function handleAuth(services: Services, request: Request): Promise<Response> {
  const url = new URL(request.url)
  const [action = '', ...rest] = withoutBasePath(url.pathname).slice(PREFIX.length).split('/')
  // The browser's own log lines are not wanted, nor can a session be edited.
  if (action === '_log' || (action === 'session' && request.method === 'POST')) throw notFound('action')
  const secure = isSecure(request)
  let retryAfterSeconds: number | null = null
  const options = authOptions(services, {
    address: addressOf(request.headers),
    secure,
    onThrottled: (seconds) => {
      retryAfterSeconds = seconds
    },
  })
  const reply = new CollectedReply()
  const incoming = {
    method: request.method,
    query: { ...Object.fromEntries(url.searchParams), nextauth: [action, ...rest] },
    body: await readForm(request),
    cookies: readCookies(request.headers.get('cookie') ?? ''),
    headers: { ...Object.fromEntries(request.headers), ...ownAddress(request, url, secure) },
  }
  // It reads and calls nothing of the two but what stands here.
  await NextAuth(incoming as unknown as NextApiRequest, reply as unknown as NextApiResponse, options)
  if (retryAfterSeconds !== null) {
    reply.status(429)
    reply.setHeader('retry-after', String(retryAfterSeconds))
  }
  return reply.response()
}

/** Where next-auth stands: it takes its address, with the path, from what a proxy would say of the host. */
function ownAddress(request: Request, url: URL, secure: boolean) {
  const { headers } = request
  const host = headers.get('x-forwarded-host')?.split(',')[0]?.trim() || headers.get('host') || url.host
  return {
    'x-forwarded-proto': secure ? 'https' : 'http',
    'x-forwarded-host': `${host}${withBasePath('/api/auth')}`,
  }
}

/** Whether the visitor's browser talks https, as far as configuration and the nearest proxy tell. */
function isSecure(request: Request): boolean {
  const { baseUrl } = env()
  if (baseUrl) return baseUrl.startsWith('https:')
  const forwarded = request.headers.get('x-forwarded-proto')?.split(',')[0]?.trim()
  return (forwarded ?? new URL(request.url).protocol.slice(0, -1)) === 'https'
}

async function readForm(request: Request): Promise<Record<string, unknown> | undefined> {
  if (request.method !== 'POST') return undefined
  const text = await readText(request, MAX_BODY_BYTES)
  if (!request.headers.get('content-type')?.includes('application/json')) {
    return Object.fromEntries(new URLSearchParams(text))
  }
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? { ...body } : {}
  } catch {
    return {}
  }
}

function readCookies(header: string): Record<string, string> {
  const cookies: Record<string, string> = {}
  for (const part of header.split(';')) {
    const equals = part.indexOf('=')
    if (equals <= 0) continue
    const value = part.slice(equals + 1).trim()
    try {
      cookies[part.slice(0, equals).trim()] = decodeURIComponent(value)
    } catch {
      cookies[part.slice(0, equals).trim()] = value
    }
  }
  return cookies
}

/** As much of a Node.js response as next-auth uses. */
class CollectedReply {
  private code = 200
  private readonly headers = new Map<string, string | string[]>()
  private body: string | null = null

  status(code: number) {
    this.code = code
    return this
  }

  getHeader(name: string) {
    return this.headers.get(name.toLowerCase())
  }

  setHeader(name: string, value: string | string[]) {
    this.headers.set(name.toLowerCase(), value)
    return this
  }

  json(value: unknown) {
    this.setHeader('content-type', 'application/json')
    this.body = JSON.stringify(value)
  }

  send(value: unknown) {
    if (typeof value === 'string') this.body = value
    else if (value !== undefined) this.json(value)
  }

  end() {}

  response(): Response {
    const headers = new Headers({ 'cache-control': 'private, no-store' })
    for (const [name, value] of this.headers) {
      if (Array.isArray(value)) for (const one of value) headers.append(name, one)
      else headers.set(name, value)
    }
    return new Response(this.body, { status: this.code, headers })
  }
}
