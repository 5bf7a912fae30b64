import { toResponse } from '@/lib/http/answer'
import { jsonAnswer } from '@/lib/http/respond'
import { randomId } from '@/lib/ids'

export const dynamic = 'force-dynamic'

// Without the services: a process whose store is away is alive all the same.
export const GET = () => toResponse(jsonAnswer({ status: 'ok' }, 200, randomId(16)))
