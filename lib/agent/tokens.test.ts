import { beforeAll, describe, expect, it } from 'vitest'
import { countTokens, countTokensSync, cutToBytes, cutToTokens, loadTokenizer } from '@/lib/agent/tokens'

beforeAll(loadTokenizer)

describe('counting', () => {
  it('counts real tokens, not bytes', async () => {
    expect(await countTokens('')).toBe(0)
    expect(await countTokens('hello world')).toBe(2)
    expect(await countTokens('漢字を数える')).toBeLessThan(8)
  })

  it('takes what looks like a special token for text', () => {
    expect(countTokensSync('<|endoftext|>')).toBeGreaterThan(1)
  })

  it.each([
    ['letters', 'a'.repeat(1_000_000)],
    ['spaces', ' '.repeat(1_000_000)],
    ['lines', '\n'.repeat(1_000_000)],
    ['signs', '='.repeat(1_000_000)],
    ['digits', '7'.repeat(1_000_000)],
    ['emoji', '😀'.repeat(250_000)],
    ['Chinese', '漢'.repeat(300_000)],
    ['marks', 'é\u0301'.repeat(300_000)],
  ])('counts a megabyte of equal %s in bounded time', (_, text) => {
    const began = performance.now()
    expect(countTokensSync(text)).toBeGreaterThan(1_000)
    expect(performance.now() - began).toBeLessThan(5_000)
  })

  it('does not count the same text twice', () => {
    const text = Array.from({ length: 60_000 }, (_, index) => `word${index}`).join(' ')
    const first = performance.now()
    const count = countTokensSync(text)
    const second = performance.now()
    expect(countTokensSync(text)).toBe(count)
    expect(performance.now() - second).toBeLessThan((second - first) / 3)
  })

  it('agrees with the tokenizer on a usual text, also where it is counted in pieces', async () => {
    const { countTokens: whole } = await import('gpt-tokenizer/encoding/o200k_base')
    const text = Array.from({ length: 5_000 }, (_, index) => `{"service":"shop-${index}","ms":${index * 7}}`).join('\n')
    expect(Math.abs(countTokensSync(text) - whole(text))).toBeLessThan(whole(text) * 0.001)
  })
})

describe('cutting', () => {
  it('leaves a text alone that fits', () => {
    expect(cutToBytes('täglich', 8)).toBe('täglich')
  })

  it('never splits a character', () => {
    for (let maximum = 0; maximum < 30; maximum++) {
      const cut = cutToBytes('aé漢😀'.repeat(4), maximum)
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(maximum)
      expect('aé漢😀'.repeat(4).startsWith(cut)).toBe(true)
      expect(Buffer.from(cut).toString()).toBe(cut)
    }
  })

  it('keeps the end too and says how much is missing', () => {
    const text = `${'漢'.repeat(1_000)}END`
    const cut = cutToBytes(text, 400, { tail: 100 })
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(400)
    expect(cut.startsWith('漢漢')).toBe(true)
    expect(cut.endsWith('漢END')).toBe(true)
    const [, left] = /\[… (\d+) bytes left out …\]/.exec(cut) ?? []
    const kept = Buffer.byteLength(cut.replace(/\n\[.*\]\n/, ''))
    expect(Number(left)).toBe(Buffer.byteLength(text) - kept)
    expect(cut).not.toContain('\ufffd')
  })

  it.each([1, 5, 40, 300])('fits into %i tokens', async (maximum) => {
    for (const text of ['word '.repeat(2_000), '漢字'.repeat(2_000), 'a'.repeat(9_000), '😀'.repeat(2_000)]) {
      const cut = await cutToTokens(text, maximum)
      expect(await countTokens(cut)).toBeLessThanOrEqual(maximum)
      expect(cut).not.toContain('\ufffd')
      if (maximum >= 40) expect(await countTokens(cut)).toBeGreaterThan(maximum / 3)
    }
  })
})
