import { describe, expect, it } from 'vitest'
import { LongwatchError } from '@/lib/errors'
import { createLogger } from '@/lib/telemetry/logger'

function logged(write: (logger: ReturnType<typeof createLogger>) => void): string {
  let text = ''
  write(createLogger('info', { write: (line) => (text += line) }))
  return text
}

describe('the log', () => {
  it('shows no credentials, wherever they stand', () => {
    const text = logged((logger) =>
      logger.info({
        password: 'hunter2',
        token: 'hunter2',
        apiKey: 'hunter2',
        user: { password: 'hunter2', name: 'Ada' },
        request: { headers: { authorization: 'hunter2', 'x-anything': 'hunter2' }, cookie: 'hunter2' },
        headers: { cookie: 'hunter2', 'x-api-key': 'hunter2' },
        'set-cookie': 'hunter2',
      }),
    )
    expect(text).not.toContain('hunter2')
    expect(JSON.parse(text)).toMatchObject({ user: { name: 'Ada', password: '[hidden]' } })
  })

  it('describes an error by its own words, masked and cut, and its cause by name only', () => {
    const cause = new TypeError('upstream said: hunter2')
    const text = logged((logger) => {
      logger.error({ err: new LongwatchError('unavailable', 'Away.', { dependency: 'store', cause }) })
      logger.error(new Error('Bearer hunter2'))
      logger.error({ err: new Error(`GET https://ada:hunter2@db.test with Bearer hunter2.abc ${'x'.repeat(5000)}`) })
    })
    expect(text).not.toContain('hunter2')
    const [first, , second] = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(first.err).toMatchObject({ code: 'unavailable', dependency: 'store', cause: { name: 'TypeError' } })
    expect(first.err.stack[0]).toMatch(/^at /)
    expect(second.err.message.length).toBeLessThan(350)
  })
})
