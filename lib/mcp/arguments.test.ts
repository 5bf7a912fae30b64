import { describe, expect, it } from 'vitest'
import { createArgumentValidator } from '@/lib/mcp/arguments'

const object = (properties: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
  type: 'object',
  properties,
  ...more,
})

describe('createArgumentValidator', () => {
  it('names the path of every problem', () => {
    const validate = createArgumentValidator(
      object(
        {
          queries: { type: 'array', items: object({ expr: { type: 'string' } }, { required: ['expr'] }) },
          limit: { type: 'integer', minimum: 1 },
          mode: { enum: ['range', 'instant'] },
        },
        { required: ['queries'], additionalProperties: false },
      ),
    )
    expect(validate({ queries: [{ expr: 'up' }], limit: 3 })).toEqual([])
    expect(validate({})).toEqual(['queries: is required'])
    expect(validate({ queries: [{ expr: 1 }, {}], limit: 0, mode: 'x', extra: 1 }).sort()).toEqual([
      'extra: is not an argument of this tool',
      'limit: must be >= 1',
      'mode: must be one of "range", "instant"',
      'queries[0].expr: must be string',
      'queries[1].expr: is required',
    ])
    expect(validate('no object')).toEqual(['arguments: must be object'])
  })

  it('reads both drafts', () => {
    const tuple7 = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      ...object({ pair: { type: 'array', items: [{ type: 'string' }, { type: 'number' }] } }),
    }
    const tuple2020 = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      ...object({ pair: { type: 'array', prefixItems: [{ type: 'string' }, { type: 'number' }] } }),
    }
    for (const schema of [tuple7, tuple2020]) {
      const validate = createArgumentValidator(schema)
      expect(validate({ pair: ['a', 1] })).toEqual([])
      expect(validate({ pair: ['a', 'b'] })).toEqual(['pair[1]: must be number'])
    }
  })

  it('follows local references and ignores unknown keywords and formats', () => {
    const validate = createArgumentValidator({
      ...object({ at: { $ref: '#/$defs/time' }, since: { type: 'string', format: 'date-time' } }),
      $defs: { time: { type: 'string', format: 'moon-phase', 'x-hint': { any: 'thing' } } },
    })
    expect(validate({ at: 'now', since: '5m ago' })).toEqual([])
    expect(validate({ at: 5 })).toEqual(['at: must be string'])
  })

  it('keeps two schemas with one $id apart', () => {
    const first = createArgumentValidator({ $id: 'https://tools.test/input', ...object({ a: { type: 'string' } }) })
    const second = createArgumentValidator({ $id: 'https://tools.test/input', ...object({ a: { type: 'number' } }) })
    expect([first({ a: 1 }).length, second({ a: 1 }).length]).toEqual([1, 0])
  })

  it('compiles a schema once, whichever object carries it', () => {
    const schema = () => object({ unique: { type: 'boolean' } })
    expect(createArgumentValidator(schema())).toBe(createArgumentValidator(schema()))
  })

  it.each([
    ['an unknown type', { type: 'strnig' }],
    ['a reference to nowhere', object({ a: { $ref: 'https://elsewhere.test/schema' } })],
    ['a reference without end', { $ref: '#' }],
    ['keywords of the wrong kind', { type: 'object', properties: 5, required: 'all' }],
    ['far too large a schema', object({ a: { description: 'x'.repeat(300_000) } })],
  ])('lets everything pass with a note for %s', (_, schema) => {
    const validate = createArgumentValidator(schema)
    expect(validate({ a: 1 })).toEqual([])
    expect(validate.note).toMatch(/not checked/)
  })

  it("never runs the server's regular expressions", () => {
    const validate = createArgumentValidator(
      object({ text: { type: 'string', pattern: '^(a+)+$' }, pattern: { type: 'string' } }),
    )
    const began = performance.now()
    expect(validate({ text: `${'a'.repeat(40)}!`, pattern: 3 })).toEqual(['pattern: must be string'])
    expect(performance.now() - began).toBeLessThan(1000)
    const named = createArgumentValidator({
      type: 'object',
      patternProperties: { '^(x+)+$': { type: 'number' } },
      additionalProperties: false,
    })
    expect(named({ ['x'.repeat(40)]: 'a' })).toEqual([])
  })
})
