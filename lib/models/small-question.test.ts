import { afterEach, describe, expect, it } from 'vitest'
import { askSmallQuestion } from '@/lib/models/small-question'
import {
  type Answer,
  answerText,
  compatibleModel,
  openStream,
  startUpstream,
  type Upstream,
} from '@/lib/models/testing'

describe('the small question', () => {
  let upstream: Upstream
  afterEach(() => upstream.close())
  async function model(answer: Answer) {
    upstream = await startUpstream(answer)
    return compatibleModel(upstream)
  }
  const silent: Answer = (response) => void openStream(response)

  it('is answered with the text and how long it took', async () => {
    const answer = await askSmallQuestion(await model(answerText('ready')))
    expect(answer).toMatchObject({ text: 'ready', finishReason: 'stop' })
    expect(answer.milliseconds.whole).toBeGreaterThanOrEqual(answer.milliseconds.firstPart)
    expect(upstream.requests).toHaveLength(1)
  })

  it('is given up in time, in words, and the request with it', async () => {
    await expect(askSmallQuestion(await model(silent), undefined, 0.05)).rejects.toMatchObject({
      name: 'ModelError',
      code: 'model_timeout',
      message: 'The language model did not answer within 0.05 s.',
    })
    await expect.poll(() => upstream.aborted).toBe(1)
  })

  it('ends with the reason of who asked it and left', async () => {
    const left = new AbortController()
    const asked = askSmallQuestion(await model(silent), left.signal)
    await expect.poll(() => upstream.requests.length).toBe(1)
    left.abort(new Error('left'))
    await expect(asked).rejects.toThrow('left')
  })
})
