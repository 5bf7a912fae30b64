import { afterEach, describe, expect, it } from 'vitest'
import { cleanTitle, MAX_TITLE_LENGTH, makeTitle, titleFromQuestion, UNTITLED } from '@/lib/agent/title'
import {
  type Answer,
  answerStatus,
  answerText,
  compatibleModel,
  startUpstream,
  type Upstream,
} from '@/lib/models/testing'

let upstream: Upstream | undefined
afterEach(() => upstream?.close())

async function title(answer: Answer, signal = new AbortController().signal) {
  upstream = await startUpstream(answer)
  return makeTitle({ model: compatibleModel(upstream), question: 'why is it slow?', answer: 'the disk', signal })
}

const lengthOf = (text: string) => [...new Intl.Segmenter().segment(text)].length

describe('a title', () => {
  it('is asked of the model without tools', async () => {
    expect(await title(answerText('Slow', ' checkout'))).toBe('Slow checkout')
    expect(upstream?.requests[0]?.body).not.toHaveProperty('tools')
    expect(JSON.stringify(upstream?.requests[0]?.body)).toContain('why is it slow?')
  })

  it('is null when the model fails, says nothing or was given up', async () => {
    expect(await title(answerStatus(400))).toBeNull()
    expect(await title(answerText(' \n "" '))).toBeNull()
    expect(await title(() => {}, AbortSignal.timeout(30))).toBeNull()
  })

  it.each([
    ['"Slow checkout."', 'Slow checkout'],
    ['## **Slow** `checkout`\n\nmore', 'Slow checkout'],
    ['\n\n1. Langsame Kasse', 'Langsame Kasse'],
    ['Title: [Slow](http://evil.example) ![x](http://evil.example/y)', 'Slow x'],
    ['<think>hmm\nwell</think>\nSlow checkout', 'Slow checkout'],
    ['„Warum so langsam?“', 'Warum so langsam?'],
    ['abc\u202egnp.exe', 'abc gnp.exe'],
    ['node_cpu_seconds_total rises', 'node_cpu_seconds_total rises'],
    ['…', ''],
  ])('made of %j is %j', (raw, clean) => {
    expect(cleanTitle(raw)).toBe(clean)
  })

  it('has at most 80 characters as people count them', () => {
    for (const text of ['👩‍👩‍👧‍👦'.repeat(200), 'word '.repeat(100), 'e\u0301'.repeat(200)]) {
      const short = cleanTitle(`a${text}`)
      expect(lengthOf(short)).toBeLessThanOrEqual(MAX_TITLE_LENGTH)
      expect(short.endsWith('…')).toBe(true)
    }
  })
})

describe('the title made of a question', () => {
  it('is its beginning, and never empty', () => {
    expect(titleFromQuestion('Why is checkout slow?\nIt began at 10.')).toBe('Why is checkout slow?')
    expect(titleFromQuestion('  \n ')).toBe(UNTITLED)
    expect(titleFromQuestion('😀')).toBe(UNTITLED)
  })

  it('is the names of its files when it has no words, as they are and no longer than others', () => {
    expect(titleFromQuestion(' \n', ['__init__.py', 'b.log'])).toBe('__init__.py, b.log')
    expect(titleFromQuestion('Why?', ['b.log'])).toBe('Why?')
    expect(lengthOf(titleFromQuestion('', Array(10).fill('a-long-name.log')))).toBeLessThanOrEqual(MAX_TITLE_LENGTH)
  })
})
