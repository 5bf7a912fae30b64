import { createServer } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Instance } from './instance.ts'

const tokens = { metrics: 'm', client: 'c' }
const MEMORY = 'process_resident_memory_bytes 1.5e+8\n'
const STREAMS = 'longwatch_event_streams 3\n'

describe('a measure of an instance', () => {
  let instance: Instance
  let metrics: (time: number) => { status: number; text: string }
  let asked = 0
  let streams = 0
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/api/events')) {
      streams += 1
      response.writeHead(200).end(': open\n\n')
      return
    }
    asked += 1
    const { status, text } = metrics(asked)
    response.writeHead(status).end(text)
  })

  beforeEach(async () => {
    asked = 0
    streams = 0
    instance = await Instance.create('one', process.env, '/none')
    await new Promise<void>((resolve) => server.listen(instance.port, '127.0.0.1', resolve))
  })
  afterEach(() => new Promise<unknown>((resolve) => server.close(resolve).closeAllConnections()))

  it('is what its metrics say', async () => {
    metrics = () => ({ status: 200, text: `# HELP\n${MEMORY}${STREAMS}` })
    expect(await instance.measure(tokens)).toEqual({ residentBytes: 150_000_000, eventStreams: 3 })
  })

  it('is asked for again while it is refused', async () => {
    metrics = (time) => (time < 3 ? { status: 503, text: '' } : { status: 200, text: `\n${MEMORY}${STREAMS}` })
    expect(await instance.measure(tokens)).toMatchObject({ eventStreams: 3 })
  })

  it('opens a stream where none was counted yet', async () => {
    metrics = () => ({ status: 200, text: `\n${MEMORY}${streams > 0 ? STREAMS : ''}` })
    expect(await instance.measure(tokens)).toMatchObject({ eventStreams: 3 })
    expect(streams).toBe(1)
  })

  it.each([
    ['a refusal', 401, `\n${MEMORY}${STREAMS}`, /one cannot be measured: .*answered 401/],
    ['no memory', 200, `\n${STREAMS}`, /do not say process_resident_memory_bytes/],
    ['no streams', 200, `\n${MEMORY}`, /do not say longwatch_event_streams/],
    ['no number', 200, `\n${MEMORY}longwatch_event_streams Nan\n`, /do not say longwatch_event_streams/],
  ])('does not take %s for nothing', async (_, status, text, message) => {
    metrics = () => ({ status, text })
    await expect(instance.measure(tokens, 200)).rejects.toThrow(message)
  })
})
