import { env } from '@/lib/env'
import { handlePlain } from '@/lib/http/handle'
import { sweepOnDemand } from '@/lib/runs/sweep'

export const maxDuration = 300

export const GET = handlePlain('/api/internal/sweep', async ({ supervisor }, request) => {
  await sweepOnDemand(supervisor, request.headers.get('authorization'), env().cronSecret)
  return Response.json({ active: supervisor.active() }, { headers: { 'cache-control': 'no-store' } })
})
