import { describeCaller } from '@/lib/access/caller'
import { handle } from '@/lib/http/handle'
import { me } from '@/lib/http/operations/access'

export const GET = handle(me, (ctx) => describeCaller(ctx))
