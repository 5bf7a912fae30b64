import { describeApi } from '@/lib/http/openapi'
import { operations } from '@/lib/http/operations'
import { jsonResponse } from '@/lib/http/respond'
import { randomId } from '@/lib/ids'

export const dynamic = 'force-dynamic'

export const GET = () => jsonResponse(describeApi(operations), 200, randomId(16))
