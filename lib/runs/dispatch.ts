import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { LongwatchError } from '@/lib/errors'

/** Makes a fresh invocation go on with a run that this one gave up. */
export interface RunDispatcher {
  /** Resolves once the run is in good hands; throws when it is not, and then whoever looks next takes it over. */
  dispatch(organisationId: string, runId: string): Promise<void>
}

export const SIGNATURE_HEADER = 'x-longwatch-signature'
const VALID_MILLISECONDS = 60_000
const PATIENCE_MILLISECONDS = 5_000

/** The key of calls from the deployment to itself; nothing else is signed with it. */
export const continuationKey = (sessionSecret: string): Buffer =>
  Buffer.from(hkdfSync('sha256', sessionSecret, '', 'longwatch/continue-run/v1', 32))

const mac = (key: Buffer, runId: string, expiresAt: number) =>
  createHmac('sha256', key).update(`${runId}\n${expiresAt}`).digest()

/** `{expiresAt}.{mac}` over the run's id and the expiry. */
export function signContinuation(key: Buffer, runId: string, now = Date.now()): string {
  const expiresAt = now + VALID_MILLISECONDS
  return `${expiresAt}.${mac(key, runId, expiresAt).toString('base64url')}`
}

/** Whether the deployment itself asks to go on with this run. */
export function verifyContinuation(key: Buffer, runId: string, signature: string | null, now = Date.now()): boolean {
  const [, expiry, given] = /^(\d{1,15})\.([\w-]{43})$/.exec(signature ?? '') ?? []
  if (!expiry || !given) return false
  const expiresAt = Number(expiry)
  const right = timingSafeEqual(Buffer.from(given, 'base64url'), mac(key, runId, expiresAt))
  return right && expiresAt > now && expiresAt <= now + 2 * VALID_MILLISECONDS
}

export interface SelfCallOptions {
  /** Where this deployment is reached. */
  baseUrl: string
  key: Buffer
  headers?: Record<string, string>
  fetch?: typeof fetch
}

/** Dispatches by a signed call of the deployment to itself. */
export class SelfCall implements RunDispatcher {
  private readonly options: SelfCallOptions

  constructor(options: SelfCallOptions) {
    this.options = options
  }

  async dispatch(_organisationId: string, runId: string): Promise<void> {
    const { baseUrl, key, headers } = this.options
    const url = `${baseUrl.replace(/\/$/, '')}/api/internal/runs/${encodeURIComponent(runId)}/continue`
    const request = this.options.fetch ?? fetch
    let status: number
    try {
      const response = await request(url, {
        method: 'POST',
        headers: { ...headers, [SIGNATURE_HEADER]: signContinuation(key, runId) },
        redirect: 'error',
        signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
      })
      status = response.status
      await response.body?.cancel()
    } catch (cause) {
      throw new LongwatchError('unavailable', 'The call to go on with the run was not answered.', { cause })
    }
    // Platforms refuse calls to oneself that go too deep (Vercel answers 508).
    if (status !== 202) {
      throw new LongwatchError('unavailable', `The call to go on with the run was answered with ${status}.`)
    }
  }
}
