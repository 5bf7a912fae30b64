import type { Operation } from '@/lib/http/operation'
import * as access from '@/lib/http/operations/access'
import * as service from '@/lib/http/operations/service'

/** Every call of the API. A test holds this list against the routes in `app/api`. */
export const operations: Operation[] = [access, service].flatMap((module) => Object.values(module) as Operation[])
