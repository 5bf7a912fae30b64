import { z } from 'zod'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** One call of the API: what goes in, what comes out. Pure data; it validates requests and is published as OpenAPI. */
export interface Operation<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Response extends z.ZodType = z.ZodType,
  Auth extends 'required' | 'none' = 'required' | 'none',
> {
  method: Method
  /** `/api/sessions/{id}` */
  path: string
  summary: string
  /** `none`: anybody may call it, and the handler gets no principal. */
  auth: Auth
  /** An object schema; its names are those in the path. */
  params?: Params
  /** An object schema; a field that is an array collects every occurrence. */
  query?: Query
  /** Without it a body is not read. */
  body?: Body
  /** The media type of a body that is not JSON; the handler reads it, up to `maxBodyBytes`. */
  binaryBody?: string
  /** Of the successful answer, when it is JSON. */
  response?: Response
  /** The successful answer's media type when the handler gives a `Response` of its own. */
  mediaType?: string
  /** What `Accept: text/event-stream` gives instead of JSON, with status 200; absent when it gives nothing else. */
  stream?: string
  /** 200, or 204 without a response; of the answers that the handler does not give itself. */
  status: number
  /** 1 MiB. */
  maxBodyBytes: number
}

export const MAX_BODY_BYTES = 1024 * 1024

interface OperationInput<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Response extends z.ZodType,
  Auth extends 'required' | 'none',
> extends Omit<Operation<Params, Query, Body, Response, Auth>, 'auth' | 'status' | 'maxBodyBytes'> {
  auth?: Auth
  status?: number
  maxBodyBytes?: number
}

type Nothing = z.ZodUndefined

/** Describes one call. Keep it in `lib/http/operations/`, and name it in that folder's `index.ts`. */
export function defineOperation<
  Params extends z.ZodType = Nothing,
  Query extends z.ZodType = Nothing,
  Body extends z.ZodType = Nothing,
  Response extends z.ZodType = Nothing,
  Auth extends 'required' | 'none' = 'required',
>(input: OperationInput<Params, Query, Body, Response, Auth>): Operation<Params, Query, Body, Response, Auth> {
  return {
    ...input,
    auth: input.auth ?? ('required' as Auth),
    status: input.status ?? (input.response || input.mediaType ? 200 : 204),
    maxBodyBytes: input.maxBodyBytes ?? MAX_BODY_BYTES,
  }
}

/** Of a list call: where to go on, and how many. */
export const pageQuery = z.object({
  cursor: z.string().min(1).max(1000).optional().describe('`nextCursor` of the page before'),
  limit: z.coerce.number().int().min(1).max(100).default(50),
})

/** The organisation that a collection call means. */
export const organisationQuery = z.object({
  org: z.string().min(1).max(64).optional().describe('Id or slug; may be left out by who is in one organisation only'),
})

/** What every list answers. */
export const pageOf = <Item extends z.ZodType>(name: string, item: Item) =>
  z.object({ [name]: z.array(item), nextCursor: z.string().nullable() })

/** Of calls for one thing. */
export const idParams = z.object({ id: z.string().min(1).max(200) })
