import type { IncomingMessage, ServerResponse } from 'node:http'
import { BASE_PATH } from '@/lib/base-path'
import type { Answer } from '@/lib/http/answer'
import type { ApiRequest } from '@/lib/http/api-request'
import { NodeRequest, send } from '@/lib/http/node'
import type { Operation } from '@/lib/http/operation'
import { operations } from '@/lib/http/operations'

/** A call of the API, whichever way the request came. Never rejects: an error is an answer. */
export type AnswerCall = (request: ApiRequest, params: Promise<RouteParams>) => Promise<Answer | Response>
export type RouteParams = Record<string, string | string[] | undefined>

/** A path with parameters in braces. */
interface Pattern {
  path: string
  parts: string[]
  parameters: number
}

interface Found {
  answer: AnswerCall
  params: RouteParams
}

/**
 * The calls of this process that can be answered without Next.js: those whose route it has loaded. What is not found
 * here (another method, a path that must be redirected first) is Next.js' to answer.
 */
export class DirectRoutes {
  private readonly answers = new Map<string, AnswerCall>()
  /** Known before they are loaded, those that fix more first: `/api/sessions/current` is no session's id. */
  private readonly patterns: Pattern[]
  private readonly fixedPaths: ReadonlySet<string>
  private readonly basePath: string

  constructor(paths = operations.map(({ path }) => path), basePath = BASE_PATH) {
    const all = [...new Set(paths)].map((path) => {
      const parts = path.split('/')
      return { path, parts, parameters: parts.filter(isParameter).length }
    })
    this.fixedPaths = new Set(all.filter(({ parameters }) => parameters === 0).map(({ path }) => path))
    this.patterns = all.filter(({ parameters }) => parameters > 0).sort((a, b) => a.parameters - b.parameters)
    this.basePath = basePath
  }

  /** A route that was loaded twice (each kind of bundle is a module graph of its own) is answered by the newest. */
  add({ method, path }: Pick<Operation, 'method' | 'path'>, answer: AnswerCall): void {
    this.answers.set(`${method} ${path}`, answer)
  }

  /** Null: it is not for us. */
  find({ method = '', url = '', headers }: Pick<IncomingMessage, 'method' | 'url' | 'headers'>): Found | null {
    const end = url.indexOf('?')
    const path = url.slice(this.basePath.length, end < 0 ? undefined : end)
    // A host that is none would be no address later on.
    if (!url.startsWith(`${this.basePath}/api/`) || !URL.canParse(`http://${headers.host}`)) return null
    if (this.fixedPaths.has(path)) {
      const answer = this.answers.get(`${method} ${path}`)
      return answer ? { answer, params: {} } : null
    }
    const parts = path.split('/')
    const pattern = this.patterns.find((candidate) => fits(candidate.parts, parts))
    const answer = pattern && this.answers.get(`${method} ${pattern.path}`)
    return answer ? withParams(pattern.parts, parts, answer) : null
  }

  /** Answers a request that was found here. Rejects when the answer cannot be sent, which is a fault of ours. */
  async answer(found: Found, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const answer = await found.answer(new NodeRequest(incoming, outgoing), Promise.resolve(found.params))
    await send(answer, outgoing)
  }
}

const isParameter = (part: string) => part.startsWith('{')

const fits = (pattern: string[], parts: string[]) =>
  pattern.length === parts.length &&
  pattern.every((part, index) => part === parts[index] || (isParameter(part) && parts[index] !== ''))

function withParams(pattern: string[], parts: string[], answer: AnswerCall): Found | null {
  const params: RouteParams = {}
  for (const [index, part] of pattern.entries()) {
    if (!isParameter(part)) continue
    try {
      params[part.slice(1, -1)] = decodeURIComponent(parts[index] as string)
    } catch {
      return null
    }
  }
  return { answer, params }
}

/** Every route's bundle is a module graph of its own, and `server.mjs` is outside of all: only `globalThis` is shared. */
const shared = globalThis as typeof globalThis & { longwatchRoutes?: DirectRoutes }

/** The routes that this process has loaded. */
export function directRoutes(): DirectRoutes {
  shared.longwatchRoutes ??= new DirectRoutes()
  return shared.longwatchRoutes
}
