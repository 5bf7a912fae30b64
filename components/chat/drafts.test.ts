import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  DRAFT_DAYS,
  draftFilesKey,
  draftKey,
  forgetDrafts,
  readDraft,
  tidyDrafts,
  writeDraft,
} from '@/components/chat/drafts'
import { UNSENT_KEY } from '@/components/chat/live/unsent'

/** As much of a browser's storage as is used; its entries are its own properties, as a browser has it. */
function storage() {
  const entries: Record<string, string> = {}
  return new Proxy(entries, {
    get: (target, name: string) => {
      if (name === 'getItem') return (key: string) => target[key] ?? null
      if (name === 'setItem') return (key: string, value: string) => Object.assign(target, { [key]: value })
      if (name === 'removeItem') return (key: string) => Reflect.deleteProperty(target, key)
      return target[name]
    },
  })
}

beforeEach(() => {
  vi.stubGlobal('localStorage', storage())
  vi.stubGlobal('sessionStorage', storage())
})
afterEach(() => vi.unstubAllGlobals())

const key = draftKey('ses_a', 'org')
const DAY = 24 * 3_600_000

test('a draft is kept over a reload of its writer, for a month from the last key', () => {
  tidyDrafts('ada', 0)
  writeDraft(key, 'half a question', DAY)
  tidyDrafts('ada', (1 + DRAFT_DAYS) * DAY)
  expect(readDraft(key)).toBe('half a question')
  tidyDrafts('ada', (1 + DRAFT_DAYS) * DAY + 1)
  expect(readDraft(key)).toBeNull()
})

test('signing out forgets drafts and what waits to be sent', () => {
  tidyDrafts('ada')
  writeDraft(key, 'half a question')
  localStorage.setItem('longwatch:theme', 'dark')
  sessionStorage.setItem(UNSENT_KEY, '[]')
  forgetDrafts()
  expect(Object.keys(localStorage)).toEqual(['longwatch:theme'])
  expect(Object.keys(sessionStorage)).toEqual([])
})

test('another person who signs in finds nothing of the one before, although nobody signed out', () => {
  tidyDrafts('ada')
  writeDraft(key, 'half a question')
  tidyDrafts('eddie')
  expect(readDraft(key)).toBeNull()
})

test('an empty draft is none, and what cannot be read is dropped', () => {
  tidyDrafts('ada')
  writeDraft(key, 'x')
  writeDraft(key, '')
  expect(readDraft(key)).toBeNull()
  localStorage.setItem(key, '{broken')
  tidyDrafts('ada')
  expect(Object.keys(localStorage)).toEqual(['longwatch:writer'])
})

test('what is kept of a draft’s files goes with time as well, whether there are any left or not', () => {
  tidyDrafts('ada', 0)
  const filesOf = (name: string) => draftFilesKey(draftKey(name, 'org'))
  localStorage.setItem(filesOf('ses_a'), JSON.stringify([{ id: 'att_1', at: 0 }]))
  localStorage.setItem(filesOf('ses_b'), JSON.stringify([{ id: 'att_1', at: 0 }, { at: DAY }]))
  localStorage.setItem(filesOf('ses_c'), 'nonsense')
  tidyDrafts('ada', DRAFT_DAYS * DAY + 1)
  expect(Object.keys(localStorage).sort()).toEqual([filesOf('ses_b'), 'longwatch:writer'])
})
