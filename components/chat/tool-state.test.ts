import { describe, expect, it } from 'vitest'
import { callStateOf, toolOutputOf, toolTitleOf } from '@/components/chat/tool-state'
import type { ToolPart } from '@/lib/sessions/fold/state'

const part = (fields: object): ToolPart =>
  ({ type: 'dynamic-tool', toolName: 'shop__query_metrics', toolCallId: 'c1', ...fields }) as unknown as ToolPart

describe('callStateOf', () => {
  it.each([
    ['preparing', { state: 'input-streaming' }, undefined, true],
    ['waiting', { state: 'input-available', input: {} }, undefined, true],
    ['running', { state: 'input-available', input: {} }, { status: 'started' as const }, true],
    ['done', { state: 'output-available', output: 1 }, undefined, true],
    ['running', { state: 'output-available', output: 1, preliminary: true }, { status: 'running' as const }, true],
    ['failed', { state: 'output-error', errorText: 'x' }, undefined, false],
    ['failed', { state: 'output-denied' }, undefined, false],
    ['stopped', { state: 'input-available', input: {} }, undefined, false],
    ['stopped', { state: 'input-streaming' }, { status: 'running' as const }, false],
  ])('is %s for %j', (state, fields, progress, live) => {
    expect(callStateOf(part(fields), progress, live)).toBe(state)
  })
})

it('reads an output of the log and nothing else', () => {
  const output = { preview: 'a', evidenceId: 'ev', bytes: 9, truncated: true, mediaType: 'application/json' }
  expect(toolOutputOf(part({ state: 'output-available', output }))).toEqual(output)
  expect(toolOutputOf(part({ state: 'output-available', output: { preview: 'a', evidenceId: 'ev' } }))).toMatchObject({
    bytes: 1,
    truncated: false,
    mediaType: 'text/plain',
  })
  expect(toolOutputOf(part({ state: 'output-available', output: 'text' }))).toBeNull()
  expect(toolOutputOf(part({ state: 'input-available', input: {} }))).toBeNull()
})

it('takes the title of a tool, else its own name in words', () => {
  expect(toolTitleOf(part({ toolMetadata: { title: 'Query metrics' } }))).toBe('Query metrics')
  expect(toolTitleOf(part({ toolMetadata: { tool: 'list_alerts' } }))).toBe('List alerts')
  expect(toolTitleOf(part({}))).toBe('Shop query metrics')
})
