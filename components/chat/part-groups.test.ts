import { describe, expect, it } from 'vitest'
import { groupParts, timesOf } from '@/components/chat/part-groups'
import type { ToolPart } from '@/lib/sessions/fold/state'

describe('the parts of a message', () => {
  it('joins the calls of one step, and leaves a lone call as it is', () => {
    const types = ['step-start', 'text', 'dynamic-tool', 'dynamic-tool', 'data-approval', 'step-start', 'dynamic-tool']
    expect(groupParts(types)).toEqual([
      { kind: 'part', index: 1 },
      { kind: 'calls', indexes: [2, 3] },
      { kind: 'part', index: 4 },
      { kind: 'part', index: 6 },
    ])
  })

  it('does not join calls of two steps that follow each other without a word', () => {
    const types = ['step-start', 'dynamic-tool', 'dynamic-tool', 'step-start', 'dynamic-tool', 'dynamic-tool']
    expect(groupParts(types)).toEqual([
      { kind: 'calls', indexes: [1, 2] },
      { kind: 'calls', indexes: [4, 5] },
    ])
    expect(groupParts([])).toEqual([])
  })
})

const call = (toolCallId: string, startedAt?: number, durationMs?: number) =>
  ({
    type: 'dynamic-tool',
    toolName: 'shop__look',
    toolCallId,
    state: 'input-available',
    input: {},
    toolMetadata: { startedAt, durationMs },
  }) as ToolPart

describe('the times of calls', () => {
  it('shows those that ran at the same time side by side', () => {
    const times = timesOf([call('a', 1_000, 100), call('b', 1_050, 150)])
    expect(times).toEqual({
      lanes: [
        { toolCallId: 'a', start: 0, end: 0.5 },
        { toolCallId: 'b', start: 0.25, end: 1 },
      ],
      durationMs: 200,
      parallel: true,
    })
  })

  it('knows calls that followed each other, whatever their order in the message', () => {
    expect(timesOf([call('b', 1_100, 50), call('a', 1_000, 100)])).toMatchObject({ parallel: false, durationMs: 150 })
  })

  it('has no end while one runs, and nothing to show before the first began', () => {
    const running = timesOf([call('a', 1_000, 10), call('b', 1_000)])
    expect(running.durationMs).toBeNull()
    expect(running.lanes[1]?.end).toBeNull()
    expect(timesOf([call('a'), call('b')])).toEqual({ lanes: [], durationMs: null, parallel: false })
  })
})
