import { handle } from '@/lib/http/handle'
import { ready } from '@/lib/http/operations/service'
import { checkReadiness } from '@/lib/http/readiness'
import { jsonAnswer } from '@/lib/http/respond'

export const GET = handle(ready, async ({ services, requestId }) => {
  const readiness = await checkReadiness(services)
  return jsonAnswer(readiness, readiness.status === 'ready' ? 200 : 503, requestId)
})
