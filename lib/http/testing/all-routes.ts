import { readdirSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { RouteHandler } from '@/lib/http/handle'

const API = fileURLToPath(new URL('../../../app/api', import.meta.url))
const METHOD = /^(?:GET|POST|PUT|PATCH|DELETE)$/

/** Every handler of `app/api` but next-auth's own: `GET /api/sessions/{id}` → handler. A new route is in it by itself. */
export async function allRoutes(): Promise<Record<string, RouteHandler>> {
  const routes: Record<string, RouteHandler> = {}
  for (const entry of readdirSync(API, { recursive: true, encoding: 'utf8' })) {
    if (!entry.endsWith('route.ts') || entry.includes('[...')) continue
    const path = `/api/${relative('.', dirname(entry)).replaceAll('[', '{').replaceAll(']', '}')}`
    const module: Record<string, unknown> = await import(pathToFileURL(`${API}/${entry}`).href)
    for (const [name, handler] of Object.entries(module)) {
      if (METHOD.test(name)) routes[`${name} ${path}`] = handler as RouteHandler
    }
  }
  return routes
}
