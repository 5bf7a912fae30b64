import { beforeAll, describe, expect, it } from 'vitest'
import type { LongwatchMessage } from '@/lib/agent/events'
import { countByServer, findTools } from '@/lib/agent/find-tools'
import { loadTokenizer } from '@/lib/agent/tokens'
import { ToolSearch } from '@/lib/agent/tool-search'
import { ToolShelf, tokensOf, toolBudget } from '@/lib/agent/tool-shelf'
import type { ToolDescriptor } from '@/lib/mcp/types'

beforeAll(loadTokenizer)

function tool(
  serverName: string,
  toolName: string,
  description = '',
  more: Partial<ToolDescriptor> = {},
): ToolDescriptor {
  const auto = { policy: 'auto', source: 'matrix' } as const
  return {
    name: `${serverName}__${toolName}`,
    serverId: serverName,
    serverName,
    toolName,
    title: toolName,
    description,
    inputSchema: { type: 'object' },
    annotations: undefined,
    fingerprint: toolName + description,
    risk: 'read',
    riskSource: 'annotations',
    policy: { viewer: 'auto', editor: 'auto', admin: 'auto' },
    decided: { viewer: auto, editor: auto, admin: auto },
    review: 'reviewed',
    blocked: null,
    ...more,
  }
}

const KINDS = ['dashboard', 'alert', 'silence', 'deployment', 'trace', 'incident']
const VERBS = ['list', 'get', 'create', 'update', 'delete']
const many = Array.from({ length: 20 }, (_, n) => n).flatMap((n) =>
  KINDS.flatMap((kind) =>
    VERBS.map((verb) => tool('big', `${verb}_${kind}_${n}`, `${verb}s the ${kind} of region ${n}.`)),
  ),
)
const special = tool('shop', 'restartService', 'Restarts one service of the shop, gracefully.')
const tools = [...many, special, tool('shop', 'query_logs', 'Searches log lines.')]

describe('searching tools', () => {
  const names = (query: string) => new ToolSearch(tools).find(query).map(({ name }) => name)

  it.each([
    ['restart service', 'shop__restartService'],
    ['RESTART_SERVICE', 'shop__restartService'],
    ['restarting a servce', 'shop__restartService'],
    ['log', 'shop__query_logs'],
    ['silence region 7 delete', 'big__delete_silence_7'],
  ])('finds by words, other spellings and small mistakes: %s', (query, expected) => {
    expect(names(query)[0]).toBe(expected)
  })

  it('gives the same order whatever the order of the tools', () => {
    const reversed = new ToolSearch(tools.toReversed()).find('create alert').map(({ name }) => name)
    expect(reversed).toEqual(names('create alert'))
    expect(reversed.length).toBeGreaterThan(20)
  })

  it('finds nothing for nothing', () => {
    expect(names('—')).toEqual([])
  })
})

describe('find_tools', () => {
  it('shows definitions of the closest, names further ones, and says how to go on', () => {
    const { text, found } = findTools(tools, { query: 'delete alert', limit: 3 }, 10_000)
    expect(found).toHaveLength(3)
    expect(text).toMatch(/^\d+ of 602 tools match "delete alert"\. You can call the 3 below/)
    expect(text).toContain('Arguments: {"type":"object"}')
    expect(text).toMatch(/Further matches, less close \(\d+\): big__/)
    const next = findTools(tools, { query: 'delete alert', limit: 3, offset: 3 }, 10_000)
    expect(next.found.filter((name) => found.includes(name))).toEqual([])
  })

  it('shows no more than will be offered', () => {
    const size = tokensOf(many[0] as ToolDescriptor)
    expect(findTools(many, { query: 'alert' }, size * 3.5).found.length).toBeLessThan(5)
    expect(findTools(many, { query: 'alert' }, 1).found).toHaveLength(1)
  })

  it('lists a server’s tools, and says what there is when nothing matches', () => {
    expect(findTools(tools, { server: 'shop' }, 1_000)).toEqual({
      text: 'Tools of shop (2): shop__restartService, shop__query_logs',
      found: [],
    })
    expect(findTools(tools, { server: 'big', offset: 550 }, 1_000).text).toMatch(
      /^Tools of big \(600\): (?:\S+ ?){50}$/,
    )
    expect(findTools(tools, { query: 'zzzzzz' }, 1_000).text).toContain('600 on big, 2 on shop')
    expect(findTools(tools, { query: 'x', server: 'none' }, 1_000).text).toContain('no server "none"')
    expect(countByServer(tools)).toBe('600 on big, 2 on shop')
  })
})

describe('the tools of a step', () => {
  const window = 16_000
  const arrange = (
    reached: string[] = [],
    question = 'Restart the service, please',
    history: LongwatchMessage[] = [],
  ) => new ToolShelf(question, history).arrange(tools, reached, window)
  const sum = (some: ToolDescriptor[]) => some.reduce((total, one) => total + tokensOf(one), 0)

  it('are all of them when they fit', () => {
    const some = tools.slice(0, 300)
    expect(new ToolShelf('x', []).arrange(some, [], 1_000_000)).toEqual({ offered: some, further: [] })
  })

  it('fit the budget, lose nothing, and begin with what the question is about', () => {
    const { offered, further } = arrange()
    expect(sum(offered)).toBeLessThanOrEqual(toolBudget(window))
    expect([...offered, ...further].map(({ name }) => name).sort()).toEqual(tools.map(({ name }) => name).sort())
    expect(offered).toContain(special)
    expect(offered.length).toBeGreaterThan(20)
  })

  it('keep what was used or found last, and what earlier turns used', () => {
    const last = many.slice(-30).map(({ name }) => name)
    const { offered } = arrange(last)
    expect(last.filter((name) => !offered.some((one) => one.name === name))).toEqual([])
    const all = many.map(({ name }) => name)
    const crowded = arrange(all)
    expect(crowded.offered.map(({ name }) => name)).toContain(all.at(-1))
    expect(crowded.offered.map(({ name }) => name)).not.toContain(all[0])
    expect(sum(crowded.offered)).toBeLessThanOrEqual(toolBudget(window))
    const part = {
      type: 'dynamic-tool',
      toolName: all.at(-1),
      toolCallId: 'c',
      state: 'output-available',
      input: {},
      output: {},
    }
    const history = [{ id: 'm', role: 'assistant', parts: [part] }] as unknown as LongwatchMessage[]
    expect(arrange([], 'Restart', history).offered.map(({ name }) => name)).toContain(all.at(-1))
    expect(arrange([], 'Restart').offered.map(({ name }) => name)).not.toContain(all.at(-1))
  })

  it('include one that is larger than all the room when it was found', () => {
    const huge = tool('big', 'huge', 'word '.repeat(toolBudget(window) + 500))
    const all = [...tools, huge]
    expect(new ToolShelf('huge', []).arrange(all, [], window).offered).not.toContain(huge)
    expect(new ToolShelf('huge', []).arrange(all, ['big__huge'], window).offered).toContain(huge)
  })
})
