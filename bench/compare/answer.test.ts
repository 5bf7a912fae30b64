import { describe, expect, it } from 'vitest'
import { numberedToken } from '../tokens.ts'
import { Answer, faultsOf, wholeText } from './answer.ts'

const event = (chunk: object, id?: number) => `${id ? `id: ${id}\n` : ''}data: ${JSON.stringify(chunk)}\n\n`
const delta = (text: string) => ({ type: 'text-delta', id: 't', delta: text })

describe('an answer that is put together', () => {
  it('goes on behind the last event whose data arrived', () => {
    const answer = new Answer()
    answer.take(event({ type: 'start' }, 1) + event(delta('a'), 2))
    answer.take('id: 3\n')
    expect(answer).toMatchObject({ text: 'a', after: 2, complete: false })
    answer.take(`${event(delta('b'), 3)}data: [DONE]\n\n`)
    expect(answer).toMatchObject({ text: 'ab', after: 3, complete: true })
  })

  it('begins anew with a replay from the beginning', () => {
    const answer = new Answer()
    answer.take(event({ type: 'start' }) + event(delta('a')))
    answer.take(event({ type: 'start' }) + event(delta('a')) + event(delta('b')))
    expect(answer).toMatchObject({ text: 'ab', after: 0 })
  })

  it('passes comments over', () => {
    const answer = new Answer()
    answer.take(': heartbeat\n\n')
    expect(answer.text).toBe('')
  })
})

describe('the faults of a text', () => {
  it('are the tokens that it lacks and those that it holds twice', () => {
    expect(faultsOf(wholeText(40), 40)).toEqual({ lost: 0, twice: 0 })
    expect(faultsOf(numberedToken(0) + numberedToken(2) + numberedToken(2), 4)).toEqual({ lost: 2, twice: 1 })
    expect(faultsOf('', 3)).toEqual({ lost: 3, twice: 0 })
  })
})
