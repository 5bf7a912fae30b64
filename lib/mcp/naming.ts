import { createHash } from 'node:crypto'

const MAX_NAME = 64

export interface NamedTool {
  serverId: string
  serverName: string
  toolName: string
}

const place = (tool: NamedTool) => JSON.stringify([tool.serverId, tool.toolName])

/**
 * One name per tool for the model, `{server}__{tool}` in `[a-zA-Z0-9_-]{1,64}`, no two alike. A name that is too
 * long or not alone gets a hash of server and tool, so it is the same in every process and whatever the order.
 * Names are looked up in the answer and never taken apart.
 */
export function nameTools<T extends NamedTool>(tools: T[]): Map<string, T> {
  const groups = new Map<string, T[]>()
  for (const tool of tools) {
    const name = sanitise(plain(tool))
    groups.set(name, [...(groups.get(name) ?? []), tool])
  }
  const named = new Map<string, T>()
  const crowded: T[] = []
  for (const [name, group] of groups) {
    const exact = group.filter((tool) => plain(tool) === name)
    const keeper = name.length > MAX_NAME ? null : group.length === 1 ? group[0] : exact.length === 1 ? exact[0] : null
    if (keeper) named.set(name, keeper)
    crowded.push(...group.filter((tool) => tool !== keeper))
  }
  crowded.sort((a, b) => (place(a) < place(b) ? -1 : 1))
  for (const tool of crowded) {
    let length = 8
    while (named.has(withHash(tool, length)) && length < 32) length += 8
    named.set(withHash(tool, length), tool)
  }
  return named
}

const plain = (tool: NamedTool) => `${tool.serverName}__${tool.toolName}`
const sanitise = (name: string) => name.replace(/[^a-zA-Z0-9_-]/g, '_')

function withHash(tool: NamedTool, length: number): string {
  const hash = createHash('sha256').update(place(tool)).digest('hex').slice(0, length)
  return `${sanitise(plain(tool)).slice(0, MAX_NAME - length - 1)}_${hash}`
}
