import { describe, expect, it } from 'vitest'
import { readSeries } from '@/components/evidence/read-series'
import { alignSeries, promisesSeries, type Series, seriesTitles } from '@/components/evidence/series'

const series = (labels: Record<string, string>, points: [number, number | null][], name = 'up'): Series => ({
  name,
  labels,
  points,
})

describe('readSeries', () => {
  it('reads series, gaps included', () => {
    const text = JSON.stringify({
      series: [
        {
          name: 'up',
          labels: {},
          unit: 's',
          points: [
            [1, 2],
            [2, null],
          ],
        },
      ],
      note: 'x',
    })
    expect(readSeries(JSON.parse(text))).toEqual([
      {
        name: 'up',
        labels: {},
        unit: 's',
        points: [
          [1, 2],
          [2, null],
        ],
      },
    ])
  })

  it.each([
    ['something else', '{"alerts":[]}'],
    ['no series', '{"series":[]}'],
    ['only gaps', '{"series":[{"name":"a","labels":{},"points":[[1,null]]}]}'],
    ['points that are none', '{"series":[{"name":"a","labels":{},"points":[["x",1]]}]}'],
    ['series of a strange shape', '{"series":["a"]}'],
  ])('answers null for %s', (_name, text) => {
    expect(readSeries(JSON.parse(text))).toBeNull()
  })
})

it('takes a promise of a chart from a preview in words', () => {
  expect(promisesSeries('latency, step 180 s\n{"name":"x","points":[[1,2]]}')).toBe(true)
  expect(promisesSeries('3 series from 20:00 to 21:00')).toBe(true)
  expect(promisesSeries('no series matches')).toBe(false)
})

it('aligns series on one ascending axis, where a gap of their own is not a time that only others have', () => {
  const aligned = alignSeries([
    series({}, [
      [3, 30],
      [1, 10],
      [4, null],
    ]),
    series({}, [
      [2, 5],
      [3, 6],
    ]),
  ])
  expect(aligned).toEqual({
    times: [1, 2, 3, 4],
    columns: [
      [10, undefined, 30, null],
      [undefined, 5, 6, undefined],
    ],
  })
})

it('aligns lines whose times are the same, partly the same and all their own', () => {
  const [every, second, between] = [
    [0, 1, 2, 3, 4, 5],
    [0, 2, 4],
    [0.5, 2.5],
  ].map((times) => times.map((time): [number, number] => [time, time * 10]))
  for (const lists of [[every, every], [every, second], [second, between, second], [between]]) {
    const given = lists.map((points) => series({}, points ?? []))
    const { times, columns } = alignSeries(given)
    const expected = [...new Set(given.flatMap(({ points }) => points.map(([time]) => time)))].sort((a, b) => a - b)
    expect(times).toEqual(expected)
    expect(columns).toEqual(given.map(({ points }) => expected.map((time) => new Map(points).get(time))))
  }
})

it('takes the last of several points of one moment', () => {
  const points: [number, number][] = [
    [1, 1],
    [1, 2],
    [0, 0],
  ]
  expect(alignSeries([series({}, points)])).toEqual({ times: [0, 1], columns: [[0, 2]] })
})

describe('seriesTitles', () => {
  it('names only the labels that differ', () => {
    const titles = seriesTitles([series({ job: 'shop', pod: 'a' }, []), series({ job: 'shop', pod: 'b' }, [])])
    expect(titles).toEqual(['pod=a', 'pod=b'])
  })

  it('uses the name when the labels do not tell, and adds it when names differ', () => {
    expect(seriesTitles([series({ job: 'shop' }, [])])).toEqual(['up'])
    expect(seriesTitles([series({ p: '1' }, [], 'a'), series({ p: '2' }, [], 'b')])).toEqual(['a · p=1', 'b · p=2'])
  })
})
