import { describe, expect, it } from 'vitest'
import { type Recalled, recallStep } from '@/components/chat/recall'

const QUESTIONS = ['first', 'second', 'third']

function walk(start: string, directions: ('up' | 'down')[], questions = QUESTIONS) {
  let text = start
  let recalled: Recalled | null = null
  return directions.map((direction) => {
    const step = recallStep(questions, recalled, text, direction)
    if (step) ({ text, recalled } = step)
    return step === null ? null : text
  })
}

describe('recalling earlier questions', () => {
  it('goes back from the newest to the oldest and stays there', () => {
    expect(walk('', ['up', 'up', 'up', 'up'])).toEqual(['third', 'second', 'first', null])
  })

  it('comes forward again to the empty field, and from there does nothing', () => {
    expect(walk('', ['up', 'up', 'down', 'down', 'down'])).toEqual(['third', 'second', 'third', '', null])
  })

  it('leaves the arrows alone in a text that was typed, and where nothing was asked yet', () => {
    expect(walk('typed', ['up', 'down'])).toEqual([null, null])
    expect(walk('', ['up'], [])).toEqual([null])
  })

  it('counts a recalled question that was changed as typed', () => {
    expect(recallStep(QUESTIONS, { index: 0, text: 'third' }, 'third!', 'up')).toBeNull()
    expect(recallStep(QUESTIONS, { index: 0, text: 'third' }, 'third!', 'down')).toBeNull()
  })

  it('begins anew when the field was emptied', () => {
    expect(recallStep(QUESTIONS, { index: 1, text: 'second' }, '', 'up')?.text).toBe('third')
  })
})
