import { describe, expect, it } from 'vitest'
import { toCsv } from '@/components/evidence/csv'
import { jsonRows } from '@/components/evidence/json-rows'
import { splitLines } from '@/components/evidence/lines'
import { sortRows } from '@/components/evidence/read-table'
import { placeSpans, type TraceSpan } from '@/components/evidence/read-trace'
import { visibleText } from '@/components/evidence/read-value'
import { recognise } from '@/components/evidence/recognise'

const kindOf = (value: unknown) => recognise(JSON.stringify(value)).kind
const point = [1_700_000_000, 1]
const span = { spanId: 'a', parentSpanId: null, service: 's', operation: 'o', startOffsetMs: 0, durationMs: 5 }
const jaeger = {
  traceID: 't',
  spans: [{ spanID: 'a', operationName: 'o', startTime: 5e15, duration: 9 }],
  processes: {},
}

describe('recognise', () => {
  it.each([
    ['series', { series: [{ name: 'up', labels: {}, points: [point] }] }],
    [
      'series',
      {
        status: 'success',
        data: {
          resultType: 'matrix',
          result: [
            {
              metric: {},
              values: [
                [1, 'NaN'],
                [2, '3'],
              ],
            },
          ],
        },
      },
    ],
    ['trace', { trace: { spans: [span] } }],
    [
      'trace',
      { spans: [{ id: 'a', parentId: null, service: 's', name: 'n', offsetMilliseconds: 0, durationMilliseconds: 1 }] },
    ],
    ['trace', { data: [jaeger] }],
    ['logs', { logs: [{ time: '2026-01-01T00:00:00Z', level: 'warn', message: 'x' }], total: 1 }],
    ['logs', { entries: [{ time: '2026-01-01T00:00:00Z', line: 'x', labels: { app: 'web' } }] }],
    ['logs', { data: { resultType: 'streams', result: [{ stream: {}, values: [['1700000000000000000', 'x']] }] } }],
    ['table', { alerts: [{ alert: 'A', state: 'firing' }] }],
    ['table', { logs: [] }],
    ['json', { a: { b: 1 } }],
  ])('finds %s in %j', (kind, value) => {
    expect(kindOf(value)).toBe(kind)
  })

  it('takes what is cut or no JSON as text, and lines that begin with a time as logs', () => {
    expect(recognise('{"series":[{').kind).toBe('text')
    expect(recognise('').kind).toBe('text')
    expect(recognise(Array(3).fill('2026-01-01 10:00:00,5 ERROR x').join('\n'))).toMatchObject({
      kind: 'logs',
      lines: [{ level: 'error' }, {}, {}],
    })
  })

  it('holds against keys of the prototype and against depth', () => {
    const rows = recognise('{"rows":[{"__proto__":"p","constructor":"c"}]}')
    expect(rows).toMatchObject({ kind: 'table', table: { rows: [['p', 'c']] } })
    const deep = recognise(`${'['.repeat(5_000)}${']'.repeat(5_000)}`)
    if (deep.kind !== 'json') throw new Error(`recognised as ${deep.kind}`)
    expect(jsonRows(deep.value, new Set())).toHaveLength(2)
  })
})

it('keeps formulas from a spreadsheet, but not negative numbers', () => {
  expect(toCsv(['=a'], [['=1+1'], [-5], ['a"b']])).toBe('\'=a\r\n\'=1+1\r\n-5\r\n"a""b"')
})

it('sorts by size and keeps what is missing last in both directions', () => {
  const rows = [[10], [null], [9]]
  expect(sortRows(rows, 0, false)).toEqual([[9], [10], [null]])
  expect(sortRows(rows, 0, true)).toEqual([[10], [9], [null]])
})

it('places every span once, in spite of circles and lost parents', () => {
  const make = (id: string, parentId: string | null): TraceSpan => ({
    ...{ id, parentId, service: '', name: '', offset: 0, duration: 1, error: false, attributes: [] },
  })
  const placed = placeSpans([make('c', 'd'), make('d', 'c'), make('b', 'a'), make('a', 'gone')])
  expect(placed.map(({ id, depth }) => `${id}${depth}`)).toEqual(['a0', 'b1', 'c0', 'd1'])
})

it('cuts very long lines and makes visible what turns the writing', () => {
  expect(splitLines('x'.repeat(5_000)).map((row) => row.length)).toEqual([2000, 2000, 1000])
  expect(visibleText('a\u202Eb\u001b[31mred')).toBe('a‹202E›bred')
})

describe('huge results', () => {
  it('are recognised whole: 200,000 points, 100,000 lines, 20,000 spans, 100,000 rows', () => {
    const points = Array.from({ length: 200_000 }, (_, at) => [1_700_000_000 + at, at])
    expect(kindOf({ series: [{ name: 'up', labels: {}, points }] })).toBe('series')
    const logs = Array.from({ length: 100_000 }, (_, at) => ({ time: 1_700_000_000_000 + at, message: `line ${at}` }))
    expect(recognise(JSON.stringify({ logs }))).toMatchObject({ kind: 'logs', lines: { length: 100_000 } })
    const spans = Array.from({ length: 20_000 }, (_, at) => ({ ...span, spanId: `s${at}`, parentSpanId: `s${at - 1}` }))
    const trace = recognise(JSON.stringify({ trace: { spans } }))
    if (trace.kind !== 'trace') throw new Error(`recognised as ${trace.kind}`)
    expect(placeSpans(trace.spans).at(-1)?.depth).toBe(19_999)
    const rows = recognise(JSON.stringify({ rows: points.slice(0, 100_000).map(([time, value]) => ({ time, value })) }))
    if (rows.kind !== 'table') throw new Error(`recognised as ${rows.kind}`)
    expect(sortRows(rows.table.rows, 1, true)[0]).toEqual([1_700_099_999, 99_999])
  })

  it('fall back to a plainer view where even that is too much, and never to an error', () => {
    const points = Array.from({ length: 200_001 }, (_, at) => [1_700_000_000 + at, at])
    expect(kindOf({ series: [{ name: 'up', labels: {}, points }] })).toBe('table')
    expect(kindOf({ trace: { spans: Array(20_001).fill(span) } })).not.toBe('trace')
    expect(recognise(' '.repeat(17_000_001)).kind).toBe('text')
  })

  it('with times that no calendar has are no series and no log lines', () => {
    expect(kindOf({ series: [{ name: 'up', labels: {}, points: [[1e300, 1]] }] })).toBe('table')
    expect(kindOf({ logs: [{ time: -1e300, message: 'x' }] })).toBe('table')
  })
})
