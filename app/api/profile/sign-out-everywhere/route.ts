import { signOutEverywhere } from '@/lib/access/profile'
import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/people'

export const POST = handle(operations.signOutEverywhere, (ctx) => signOutEverywhere(ctx))
