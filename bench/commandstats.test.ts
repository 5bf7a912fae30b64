import { describe, expect, it } from 'vitest'
import { callsBetween, infoNumber, parseCommandStats, roundTrips, totalCalls } from './commandstats.ts'

const INFO = [
  '# Commandstats',
  'cmdstat_publish:calls=12,usec=34,usec_per_call=2.83,rejected_calls=0,failed_calls=0',
  'cmdstat_config|get:calls=1,usec=5,usec_per_call=5.00,rejected_calls=0,failed_calls=0',
  'cmdstat_info:calls=3,usec=500,usec_per_call=166.67,rejected_calls=0,failed_calls=0',
  '',
].join('\r\n')

describe('command statistics', () => {
  it('are read by command, subcommands under their own name', () => {
    expect([...parseCommandStats(INFO)]).toEqual([
      ['publish', 12],
      ['config|get', 1],
      ['info', 3],
    ])
    expect(parseCommandStats('# Commandstats\r\n').size).toBe(0)
  })

  it('of two readings differ by what was called between them, commands that are new included', () => {
    const before = parseCommandStats(INFO)
    const after = parseCommandStats(`${INFO.replace('calls=12', 'calls=20')}cmdstat_get:calls=2,usec=1\r\n`)
    expect([...callsBetween(before, after)]).toEqual([
      ['publish', 8],
      ['get', 2],
    ])
  })

  it("are summed up without the bench's own questions and what keeps connections alive", () => {
    expect(
      totalCalls(
        new Map([
          ['publish', 8],
          ['info', 2],
          ['ping', 4],
          ['client|kill', 1],
          ['evalsha', 3],
        ]),
      ),
    ).toBe(11)
  })
})

describe('round trips', () => {
  it('are all calls where there are no scripts', () => {
    expect(
      roundTrips(
        new Map([
          ['publish', 8],
          ['subscribe', 1],
          ['info', 2],
        ]),
      ),
    ).toBe(9)
  })

  it('are scripts and subscriptions where there are scripts', () => {
    expect(
      roundTrips(
        new Map([
          ['evalsha', 3],
          ['xadd', 6],
          ['publish', 3],
          ['subscribe', 1],
        ]),
      ),
    ).toBe(4)
  })
})

describe('a figure of INFO', () => {
  it('is found by its whole name', () => {
    const info = 'used_memory_peak:9\r\nused_memory:7\r\nused_memory_human:7K\r\n'
    expect(infoNumber(info, 'used_memory')).toBe(7)
    expect(infoNumber(info, 'connected_clients')).toBe(0)
  })
})
