import { describe, expect, it } from 'vitest'
import { advantage, type Figure, Figures, verdict } from './figures.ts'

const figure = (longwatch: number | null, peer: number | null, better: Figure['better'] = 'lower'): Figure => ({
  what: 'delay',
  unit: 'ms',
  better,
  longwatch,
  peer,
})

describe('a figure of the comparison', () => {
  it('counts a lower value as better where lower is better, and a higher one where higher is', () => {
    expect(verdict(figure(10, 25))).toBe('2.5 × better')
    expect(verdict(figure(25, 10))).toBe('2.5 × worse')
    expect(verdict(figure(10, 25, 'higher'))).toBe('2.5 × worse')
    expect(verdict(figure(25, 10, 'higher'))).toBe('2.5 × better')
  })

  it('calls values equal that differ by less than runs do', () => {
    expect(verdict(figure(100, 104))).toBe('equal')
    expect(verdict(figure(104, 100))).toBe('equal')
    expect(verdict(figure(100, 106))).toBe('1.1 × better')
    expect(verdict(figure(0, 0))).toBe('equal')
  })

  it('names no ratio to nothing, but says who is better', () => {
    expect(advantage(figure(0, 5))).toBeNull()
    expect(verdict(figure(0, 5))).toBe('better')
    expect(verdict(figure(5, 0))).toBe('worse')
    expect(verdict(figure(0, 5, 'higher'))).toBe('worse')
    expect(verdict(figure(-1, 5))).toBe('better')
  })

  it('rounds large ratios to whole ones', () => {
    expect(verdict(figure(1, 1_234.4))).toBe('1,234 × better')
  })

  it('makes no ratio of what only one of the two has', () => {
    expect(verdict(figure(5, null))).toBe('only one has it')
    expect(verdict(figure(null, 5))).toBe('only one has it')
    expect(verdict(figure(null, null))).toBe('')
  })
})

describe('the figures of a section', () => {
  it('join both sides under one name, in the order in which they came', () => {
    const figures = new Figures()
    figures.add('longwatch', 'first token', 'ms', 'lower', 4)
    figures.add('longwatch', 'tokens', '1/s', 'higher', 10)
    figures.add('peer', 'first token', 'ms', 'lower', 2)
    expect(figures.rows('other')).toEqual([
      { figure: 'first token, ms', longwatch: 4, other: 2, 'longwatch is': '2 × worse' },
      { figure: 'tokens, 1/s', longwatch: 10, other: '—', 'longwatch is': 'only one has it' },
    ])
  })
})
