import { toResponse } from '@/lib/http/answer'
import { describeApi } from '@/lib/http/openapi'
import { operations } from '@/lib/http/operations'
import { jsonAnswer } from '@/lib/http/respond'
import { randomId } from '@/lib/ids'

export const dynamic = 'force-dynamic'

export const GET = () => toResponse(jsonAnswer(describeApi(operations), 200, randomId(16)))
