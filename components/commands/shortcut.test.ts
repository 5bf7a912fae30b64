import { describe, expect, it } from 'vitest'
import { KEYS } from '@/components/commands/keys'
import { isReserved, isTyping, keysOf, matches, type PressedKey } from '@/components/commands/shortcut'
import { BROWSERS_WITH_CTRL } from '@/components/commands/testing/browser-keys'

interface Place {
  tagName: string
  type?: string
  role?: string
  isContentEditable?: boolean
  parent?: Place
}

/** An element as the guard sees it. */
const element = ({ tagName, type, role, isContentEditable = false, parent }: Place): object => ({
  tagName: tagName.toUpperCase(),
  type,
  isContentEditable,
  parentElement: parent ? element(parent) : null,
  getAttribute: (name: string) => (name === 'role' ? (role ?? null) : null),
})
const BUTTON = element({ tagName: 'button' })

const press = (key: string, more: Partial<PressedKey> = {}): PressedKey => ({
  key,
  keyCode: 0,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  repeat: false,
  isComposing: false,
  defaultPrevented: false,
  target: BUTTON,
  ...more,
})

describe('typing', () => {
  it.each<[string, Place]>([
    ['a text area', { tagName: 'textarea' }],
    ['a field', { tagName: 'input', type: 'text' }],
    ['a field for searching', { tagName: 'input', type: 'search' }],
    ['a field for numbers', { tagName: 'input', type: 'number' }],
    ['a choice', { tagName: 'select' }],
    ['editable text', { tagName: 'div', isContentEditable: true }],
    ['something inside of editable text', { tagName: 'b', parent: { tagName: 'div', isContentEditable: true } }],
    ['a combobox', { tagName: 'div', role: 'combobox' }],
    [
      'a line of a menu, which is searched by letters',
      { tagName: 'div', role: 'menuitem', parent: { tagName: 'div', role: 'menu' } },
    ],
    ['a line of a list', { tagName: 'div', role: 'option', parent: { tagName: 'div', role: 'listbox' } }],
  ])('is what one does in %s', (_name, place) => {
    expect(isTyping({ target: element(place), isComposing: false, keyCode: 0 })).toBe(true)
    expect(matches({ key: 'n' }, press('n', { target: element(place) }), false)).toBe(false)
  })

  it.each<[string, Place]>([
    ['a button', { tagName: 'button' }],
    ['a link', { tagName: 'a' }],
    ['a box to tick', { tagName: 'input', type: 'checkbox' }],
    ['the page', { tagName: 'body' }],
  ])('is not what one does at %s', (_name, place) => {
    expect(isTyping({ target: element(place), isComposing: false, keyCode: 0 })).toBe(false)
    expect(matches({ key: 'n' }, press('n', { target: element(place) }), false)).toBe(true)
  })

  it('is what one does while an input method is at work, wherever', () => {
    expect(isTyping({ target: BUTTON, isComposing: true, keyCode: 0 })).toBe(true)
    expect(isTyping({ target: BUTTON, isComposing: false, keyCode: 229 })).toBe(true)
    expect(matches({ key: 'k', mod: true }, press('k', { ctrlKey: true, isComposing: true }), false)).toBe(false)
  })

  it('is not supposed of an event without a target', () => {
    expect(isTyping({ target: null, isComposing: false, keyCode: 0 })).toBe(false)
  })
})

describe('a shortcut', () => {
  it('with the modifier starts while one types too, by Ctrl or by ⌘ and not by the other one', () => {
    const palette = { key: 'k', mod: true }
    const target = element({ tagName: 'textarea' })
    expect(matches(palette, press('k', { ctrlKey: true, target }), false)).toBe(true)
    expect(matches(palette, press('k', { metaKey: true, target }), true)).toBe(true)
    expect(matches(palette, press('K', { ctrlKey: true, target }), false)).toBe(true)
    // On Apple's keyboards Ctrl+K deletes to the end of the line.
    expect(matches(palette, press('k', { ctrlKey: true, target }), true)).toBe(false)
    expect(matches(palette, press('k', { metaKey: true, target }), false)).toBe(false)
    expect(matches(palette, press('k', { ctrlKey: true, shiftKey: true, target }), false)).toBe(false)
    expect(matches(palette, press('k', { target }), false)).toBe(false)
  })

  it('of a letter wants no other key with it', () => {
    for (const other of ['ctrlKey', 'metaKey', 'altKey'] as const) {
      expect(matches({ key: 'n' }, press('n', { [other]: true }), false)).toBe(false)
    }
    expect(matches({ key: 'n' }, press('N', { shiftKey: true }), false)).toBe(false)
  })

  it('of a sign starts by however many keys the layout wants for it', () => {
    expect(matches({ key: '?' }, press('?', { shiftKey: true }), false)).toBe(true)
    expect(matches({ key: '?' }, press('?'), false)).toBe(true)
  })

  it('does not start by a held key, nor by one that something else has taken', () => {
    expect(matches({ key: 'n' }, press('n', { repeat: true }), false)).toBe(false)
    expect(matches({ key: 'n' }, press('n', { defaultPrevented: true }), false)).toBe(false)
  })

  it('is written as on the keyboard', () => {
    expect(keysOf({ key: 'k', mod: true }, false)).toEqual(['Ctrl', 'K'])
    expect(keysOf({ key: 'k', mod: true }, true)).toEqual(['⌘', 'K'])
    expect(keysOf({ key: '?' }, true)).toEqual(['?'])
  })
})

describe('the browser’s own', () => {
  it.each(BROWSERS_WITH_CTRL)('Ctrl+%s never starts anything, even if somebody gave it out', (key) => {
    expect(isReserved({ key, mod: true })).toBe(true)
    expect(matches({ key, mod: true }, press(key, { ctrlKey: true }), false)).toBe(false)
  })

  it.each(['F1', 'F5', 'F11', 'Tab', 'Escape', 'Enter', ' ', 'ArrowLeft', 'PageDown', 'Home'])(
    '%s never does',
    (key) => {
      expect(isReserved({ key })).toBe(true)
      expect(matches({ key }, press(key), false)).toBe(false)
    },
  )

  it('has none of the keys that are given out, and no key is given out twice', () => {
    const keys = Object.values(KEYS)
    expect(keys.filter(isReserved)).toEqual([])
    expect(new Set(keys.map(({ key, mod }) => `${mod ?? false} ${key}`)).size).toBe(keys.length)
  })
})
