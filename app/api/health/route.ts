import { jsonResponse } from '@/lib/http/respond'
import { randomId } from '@/lib/ids'

export const dynamic = 'force-dynamic'

// Without the services: a process whose store is away is alive all the same.
export const GET = () => jsonResponse({ status: 'ok' }, 200, randomId(16))
