import { handle } from '@/lib/http/handle'
import { ready } from '@/lib/http/operations/service'
import { checkReadiness } from '@/lib/http/readiness'
import { jsonResponse } from '@/lib/http/respond'

export const GET = handle(ready, async ({ services, requestId }) => {
  const readiness = await checkReadiness(services)
  return jsonResponse(readiness, readiness.status === 'ready' ? 200 : 503, requestId)
})
