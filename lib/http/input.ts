import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { badRequest, LongwatchError } from '@/lib/errors'
import type { ApiRequest } from '@/lib/http/api-request'

/** Validates what came in. Throws `bad_request` that names the first field at fault; `root` names the whole. */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown, root: string): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const path = issue?.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : (issue?.path ?? [])
  throw badRequest(path.map(String).join('.') || root, issue ? describeIssue(issue) : 'This is not valid.')
}

const TYPES: Record<string, string> = {
  number: 'a number',
  int: 'a whole number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
}

/** Of what a length is, by zod's name of the thing that is too long or too short. */
const UNITS: Record<string, string> = { string: ' characters', array: ' entries', set: ' entries', file: ' bytes' }

/** What is wanted, in a person's words. A schema's own message comes first; what was given is never repeated. */
function wantedBy(issue: z.core.$ZodIssue): string {
  const isOwn = !/^(Invalid input|Invalid option|Too big|Too small): expected /.test(issue.message)
  if (isOwn) return issue.message
  switch (issue.code) {
    case 'invalid_type':
      if (issue.message.endsWith('received undefined')) return 'This field is required'
      return TYPES[issue.expected] ? `This must be ${TYPES[issue.expected]}` : issue.message
    case 'invalid_value':
      return `This must be one of: ${issue.values.map(String).join(', ')}`
    case 'too_big':
      return `At most ${issue.maximum}${UNITS[issue.origin] ?? ''}`
    case 'too_small':
      if (issue.origin === 'string' && issue.minimum === 1) return 'This must not be empty'
      return `At least ${issue.minimum}${UNITS[issue.origin] ?? ''}`
    default:
      return issue.message
  }
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const text = wantedBy(issue)
  const sentence = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`
}

/** The query as an object for its schema: a field whose schema is an array collects every occurrence. */
export function readQuery(schema: z.ZodType, search: URLSearchParams): Record<string, string | string[]> {
  const fields: Record<string, z.ZodType> = schema instanceof z.ZodObject ? schema.shape : {}
  const query: Record<string, string | string[]> = {}
  for (const name of new Set(search.keys())) {
    // Names like `__proto__` are no fields of anybody's.
    if (!Object.hasOwn(fields, name)) continue
    const values = search.getAll(name)
    const field = fields[name]
    query[name] = values.length > 1 || (field && collects(field)) ? values : (values[0] ?? '')
  }
  return query
}

function collects(field: z.ZodType): boolean {
  if (field instanceof z.ZodOptional || field instanceof z.ZodDefault) return collects(field.unwrap() as z.ZodType)
  return field instanceof z.ZodArray
}

/**
 * The request's body as JSON; undefined when it is empty. Reads no more than `limit` bytes. Throws `payload_too_large`,
 * or `bad_request` for field `body` when it is not JSON in UTF-8 or did not arrive whole.
 */
export async function readJson(request: ApiRequest, limit: number): Promise<unknown> {
  const text = await readText(request, limit)
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw badRequest('body', 'The body is not valid JSON.')
  }
}

/** The request's body as text. Throws as `readJson` does. */
export async function readText(request: ApiRequest, limit: number): Promise<string> {
  const bytes = await readBytes(request, limit)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw badRequest('body', 'The body is not text in UTF-8.')
  }
}

/** The request's body as it comes. Reads no more than `limit` bytes. Throws as `readJson` does. */
export async function readBytes(request: ApiRequest, limit: number): Promise<Buffer> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw tooLarge(limit)
  if (request.incoming) return readIncoming(request.incoming, limit)
  if (!request.body) return Buffer.alloc(0)
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = request.body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return Buffer.concat(chunks)
      length += value.length
      if (length > limit) throw tooLarge(limit)
      chunks.push(value)
    }
  } catch (error) {
    // Not awaited: a source that hangs may never settle it.
    reader.cancel().catch(() => undefined)
    if (error instanceof LongwatchError) throw error
    throw notWhole()
  }
}

/** Node's own body, without a web stream around it. What comes beyond the limit is dropped, so that the answer can be read. */
function readIncoming(incoming: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const settle = (work: () => void) => () => {
      incoming.off('data', take).off('end', end).off('error', breakOff).off('close', breakOff)
      work()
    }
    const end = settle(() => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)))
    const breakOff = settle(() => reject(notWhole()))
    const refuse = settle(() => {
      incoming.on('error', () => undefined).resume()
      reject(tooLarge(limit))
    })
    const take = (chunk: Buffer) => {
      length += chunk.length
      if (length > limit) refuse()
      else chunks.push(chunk)
    }
    if (incoming.destroyed) return breakOff()
    incoming.on('data', take).on('end', end).on('error', breakOff).on('close', breakOff)
  })
}

const tooLarge = (limit: number) => new LongwatchError('payload_too_large', `A body has at most ${limit} bytes here.`)
const notWhole = () => badRequest('body', 'The body did not arrive whole.')
