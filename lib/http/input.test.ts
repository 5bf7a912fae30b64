import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { LongwatchError } from '@/lib/errors'
import { validate } from '@/lib/http/input'

const schema = z.strictObject({
  days: z.number().min(1).max(3_650),
  count: z.int().optional(),
  name: z.string().min(1).max(5).optional(),
  code: z.string().min(3).optional(),
  tags: z.array(z.string()).max(2).optional(),
  role: z.enum(['viewer', 'editor']).optional(),
  colour: z.string().regex(/^#/, 'A colour begins with #').optional(),
})

function refusal(value: unknown): { field: unknown; message: string } {
  try {
    validate(schema, value, 'body')
  } catch (error) {
    if (error instanceof LongwatchError) return { field: error.field, message: error.message }
    throw error
  }
  throw new Error('It was let through.')
}

describe('what is wrong with an input is said in words', () => {
  test.each([
    [{}, 'days', 'This field is required.'],
    [{ days: null }, 'days', 'This must be a number.'],
    [{ days: 99_999 }, 'days', 'At most 3650.'],
    [{ days: 0 }, 'days', 'At least 1.'],
    [{ days: 1, count: 1.5 }, 'count', 'This must be a whole number.'],
    [{ days: 1, name: '' }, 'name', 'This must not be empty.'],
    [{ days: 1, name: 'too long' }, 'name', 'At most 5 characters.'],
    [{ days: 1, code: 'ab' }, 'code', 'At least 3 characters.'],
    [{ days: 1, tags: ['a', 'b', 'c'] }, 'tags', 'At most 2 entries.'],
    [{ days: 1, tags: 'a' }, 'tags', 'This must be a list.'],
    [{ days: 1, role: 'owner' }, 'role', 'This must be one of: viewer, editor.'],
    [{ days: 1, colour: 'red' }, 'colour', 'A colour begins with #.'],
    [[], 'body', 'This must be an object.'],
  ])('%j: %s, %s', (value, field, message) => {
    expect(refusal(value)).toEqual({ field, message })
  })

  test('a field that nobody knows is named', () => {
    expect(refusal({ days: 1, dayz: 2 }).field).toBe('dayz')
  })
})
