import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/evidence'
import { getEvidence } from '@/lib/runs/evidence'

export const GET = handle(operations.getEvidence, (ctx, { params, query }) =>
  getEvidence(ctx, { evidenceId: params.id, ...query }),
)
