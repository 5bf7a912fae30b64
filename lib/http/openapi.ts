import { z } from 'zod'
import { cookieName } from '@/lib/auth/cookies'
import { withBasePath } from '@/lib/base-path'
import type { Operation } from '@/lib/http/operation'

/** The API as OpenAPI 3.1, made from the schemas that validate its requests. */
export function describeApi(operations: Operation[]) {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const operation of operations) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: describeOperation(operation),
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Longwatch',
      version: '1',
      description: 'Ask about your systems; the agent works on the server and keeps watch after you leave.',
    },
    servers: [{ url: withBasePath('/') }],
    security: [{ token: [] }, { cookie: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An API token, lw_…, of one organisation and role' },
        cookie: { type: 'apiKey', in: 'cookie', name: cookieName('session-token', false) },
      },
      schemas: { Error: schemaOf(errorBody, 'output') },
    },
  }
}

const errorBody = z.object({
  error: z.object({
    code: z.enum([
      'bad_request',
      'unauthenticated',
      'forbidden',
      'not_found',
      'conflict',
      'gone',
      'payload_too_large',
      'rate_limited',
      'unavailable',
      'internal',
    ]),
    message: z.string(),
    field: z.string().optional().describe('The field at fault'),
    dependency: z.string().optional().describe('What is away'),
    requestId: z.string(),
  }),
})

function describeOperation(operation: Operation) {
  const { params, query, body, binaryBody, response, status, mediaType, stream } = operation
  const success = response
    ? {
        description: 'Success',
        content: { [mediaType ?? 'application/json']: { schema: schemaOf(response, 'output') } },
      }
    : { description: 'Success', ...(mediaType && { content: { [mediaType]: {} } }) }
  return {
    summary: operation.summary,
    operationId: operationIdOf(operation),
    ...(operation.auth === 'none' && { security: [] }),
    parameters: [...parametersOf(params, 'path'), ...parametersOf(query, 'query')],
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body, 'input') } } },
    }),
    ...(binaryBody && {
      requestBody: { required: true, content: { [binaryBody]: { schema: { type: 'string', format: 'binary' } } } },
    }),
    responses: {
      [status]: success,
      ...(stream && {
        200: { description: `${stream}. With Accept: text/event-stream`, content: { 'text/event-stream': {} } },
      }),
      default: {
        description: 'Error',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  }
}

/** `POST /api/sessions/{id}/shares` → `postSessionsIdShares` */
const operationIdOf = ({ method, path }: Operation) =>
  method.toLowerCase() +
  path
    .replace(/^\/api\//, '')
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query') {
  if (!schema) return []
  const { properties = {}, required = [] } = schemaOf(schema, 'input')
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }))
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}
