import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nameTools } from '@/lib/mcp/naming'

const tool = (serverName: string, toolName: string) => ({ serverId: `mcp_${serverName}`, serverName, toolName })
const names = (...tools: ReturnType<typeof tool>[]) =>
  [...nameTools(tools)].map(([name, { toolName }]) => [toolName, name])

describe('nameTools', () => {
  it('joins server and tool', () => {
    expect(names(tool('grafana', 'query_range'), tool('my-srv', 'a.b'))).toEqual([
      ['query_range', 'grafana__query_range'],
      ['a.b', 'my-srv__a_b'],
    ])
  })

  it('leaves the plain name to the tool that is called so, and hashes those that only look alike', () => {
    expect(names(tool('s', 'a.b'), tool('s', 'a_b'), tool('s', 'a b'))).toEqual([
      ['a_b', 's__a_b'],
      ['a b', expect.stringMatching(/^s__a_b_[0-9a-f]{8}$/)],
      ['a.b', expect.stringMatching(/^s__a_b_[0-9a-f]{8}$/)],
    ])
  })

  it('tells servers apart whose names run into each other', () => {
    const named = nameTools([tool('a', '_b'), tool('a_', 'b'), tool('a__', 'b'), tool('a', '__b')])
    expect(named.size).toBe(4)
  })

  it('shortens what is too long, without losing the difference', () => {
    const long = 'x'.repeat(100)
    const [first, second] = names(tool('s', `${long}1`), tool('s', `${long}2`))
    expect(first?.[1]).toHaveLength(64)
    expect(first?.[1]).not.toBe(second?.[1])
  })

  it('gives every tool a valid name of its own, the same in any order', () => {
    const odd = fc.string({ unit: fc.constantFrom('a', '_', '.', ' ', 'é', '-'), minLength: 1, maxLength: 5 })
    const long = fc.constantFrom('', 'y'.repeat(60))
    const one = fc
      .record({ serverName: odd, end: odd, long })
      .map((made) => tool(made.serverName, made.long + made.end))
    const unique = { selector: (made: ReturnType<typeof tool>) => JSON.stringify(made) }
    fc.assert(
      fc.property(fc.uniqueArray(one, { ...unique, maxLength: 30 }), (tools) => {
        const named = nameTools(tools)
        expect(new Set(named.values())).toEqual(new Set(tools))
        for (const name of named.keys()) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/)
        const reversed = nameTools([...tools].reverse())
        for (const [name, made] of named) expect(reversed.get(name)).toBe(made)
      }),
    )
  })
})
