import { expect, it } from 'vitest'
import { argumentsHint, prettyArguments, prettyText } from '@/components/evidence/pretty'

it('indents JSON and leaves broken or other text as it is', () => {
  expect(prettyText('{"a":1}', 'application/json')).toBe('{\n  "a": 1\n}')
  expect(prettyText('{"a":', 'application/json')).toBe('{"a":')
  expect(prettyText('{"a":1}', 'text/plain')).toBe('{"a":1}')
})

it('hints at the arguments in one line, shortened, without nested values', () => {
  expect(argumentsHint({ query: 'rate(x[5m])\n by (y)', limit: 5, nested: { a: 1 } })).toBe('rate(x[5m]) by (y) · 5')
  expect(argumentsHint({ query: 'x'.repeat(300) })).toHaveLength(160)
  expect(argumentsHint('half a st')).toBe('')
})

it('shows arguments that are not JSON as text', () => {
  expect(prettyArguments('{"half')).toBe('{"half')
  expect(prettyArguments({ a: [1] })).toContain('"a"')
  expect(prettyArguments(undefined)).toBe('')
})
