import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { describeApi } from '@/lib/http/openapi'
import { operations } from '@/lib/http/operations'

const api = fileURLToPath(new URL('../../app/api', import.meta.url))

/** Not calls of the API but next-auth's own, and what the deployment calls on itself. */
const FOREIGN = ['/api/auth/{...nextauth}', '/api/internal/runs/{id}/continue', '/api/internal/sweep']

function routesOnDisk(): string[] {
  return readdirSync(api, { recursive: true, withFileTypes: true })
    .filter(({ name }) => name === 'route.ts')
    .flatMap(({ parentPath, name }) => {
      const path = `/api/${relative(api, parentPath).replaceAll('[', '{').replaceAll(']', '}')}`
      const text = readFileSync(join(parentPath, name), 'utf8')
      const methods = text.matchAll(/^export (?:const|async function|function) (GET|POST|PUT|PATCH|DELETE)\b/gm)
      return FOREIGN.includes(path) ? [] : [...methods].map((match) => `${match[1]} ${path}`)
    })
    .sort()
}

describe('the API’s description', () => {
  it('has an operation for every route, and a route for every operation', () => {
    expect(operations.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(routesOnDisk())
  })

  it('names the parameters that the path names', () => {
    for (const operation of operations) {
      const named = [...operation.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
      const described = describeApi([operation]).paths[operation.path] as Record<
        string,
        { parameters: { name: string; in: string }[] }
      >
      const parameters = described[operation.method.toLowerCase()]?.parameters ?? []
      expect(parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)).toEqual(named)
    }
  })

  it('is OpenAPI 3.1 as JSON, with distinct operation ids, the error’s shape and the bearer token', () => {
    const description = describeApi(operations)
    expect(JSON.parse(JSON.stringify(description))).toEqual(description)
    expect(description.openapi).toBe('3.1.0')
    const described = Object.values(description.paths).flatMap((path) => Object.values(path)) as {
      operationId: string
    }[]
    expect(new Set(described.map(({ operationId }) => operationId)).size).toBe(operations.length)
    expect(description.paths['/api/me']?.get).toMatchObject({
      operationId: 'getMe',
      responses: { 200: { content: { 'application/json': { schema: { type: 'object' } } } } },
    })
    expect(description.paths['/api/setup']?.post).toMatchObject({
      security: [],
      requestBody: { content: { 'application/json': { schema: { required: expect.arrayContaining(['code']) } } } },
    })
    expect(description.components.securitySchemes.token).toMatchObject({ scheme: 'bearer' })
  })
})
