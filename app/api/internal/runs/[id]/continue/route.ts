import { env } from '@/lib/env'
import { handlePlain } from '@/lib/http/handle'
import { continueRun } from '@/lib/runs/continue'
import { SIGNATURE_HEADER } from '@/lib/runs/dispatch'

export const maxDuration = 300

const PATH = /\/api\/internal\/runs\/(\w+)\/continue$/

export const POST = handlePlain('/api/internal/runs/{id}/continue', async ({ supervisor }, request) => {
  const runId = PATH.exec(new URL(request.url).pathname)?.[1] ?? ''
  const signature = request.headers.get(SIGNATURE_HEADER)
  continueRun(supervisor, { runId, signature, sessionSecret: env().sessionSecret })
  return new Response(null, { status: 202, headers: { 'cache-control': 'no-store' } })
})
