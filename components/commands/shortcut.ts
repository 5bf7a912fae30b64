/** A key that starts a command: a letter or sign alone, or with `mod` (Ctrl; on Apple's keyboards ⌘). */
export interface Shortcut {
  /** As `KeyboardEvent.key` says it, so that it follows the keyboard's layout. */
  key: string
  mod?: boolean
}

/** What a listener needs of a keyboard event. */
export interface PressedKey {
  key: string
  keyCode: number
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  shiftKey: boolean
  repeat: boolean
  isComposing: boolean
  defaultPrevented: boolean
  target: unknown
}

/** With Ctrl or ⌘ these belong to the browser, the system or the text field. Ctrl+K, which most applications take, is none. */
const RESERVED_WITH_MOD = new Set('abcdefghijlmnopqrstuvwxyz0123456789+-=.,/'.split(''))
const NAMED_KEY = /^(F\d{1,2}|Arrow\w+|Page\w+|Home|End|Tab|Escape|Enter|Backspace|Delete|Insert| )$/

/** True when people rely on it for something else: it is never taken, whatever is registered. */
export const isReserved = ({ key, mod = false }: Shortcut): boolean =>
  NAMED_KEY.test(key) || (mod && RESERVED_WITH_MOD.has(key.toLowerCase()))

/** The parts of an element that tell whether letters mean something there. */
interface Place {
  tagName?: string
  type?: string
  isContentEditable?: boolean
  parentElement?: Place | null
  getAttribute?: (name: string) => string | null
}

const INPUTS_WITHOUT_TEXT = new Set([
  'button',
  'checkbox',
  'color',
  'file',
  'image',
  'radio',
  'range',
  'reset',
  'submit',
])
/** Lists that are searched by typing among them. */
const ROLES_WITH_LETTERS = new Set([
  'textbox',
  'searchbox',
  'combobox',
  'spinbutton',
  'listbox',
  'menu',
  'menubar',
  'tree',
  'grid',
])

function takesLetters(place: Place): boolean {
  const tag = place.tagName?.toLowerCase()
  if (tag === 'textarea' || tag === 'select' || place.isContentEditable) return true
  if (tag === 'input' && !INPUTS_WITHOUT_TEXT.has(place.type ?? 'text')) return true
  return ROLES_WITH_LETTERS.has(place.getAttribute?.('role') ?? '')
}

/** The person is writing, or choosing by letters: a letter there is a letter. */
export function isTyping({ target, isComposing, keyCode }: Pick<PressedKey, 'target' | 'isComposing' | 'keyCode'>) {
  // 229 is what older browsers say while an input method is at work.
  if (isComposing || keyCode === 229) return true
  for (let place = target as Place | null | undefined; place; place = place.parentElement) {
    if (takesLetters(place)) return true
  }
  return false
}

/** True on keyboards whose command key is ⌘. */
export const isApple = (platform: string) => /mac|iphone|ipad/i.test(platform)

/** Whether the event is this shortcut. A held key, and an event that something else has taken, are none. */
export function matches(shortcut: Shortcut, event: PressedKey, apple: boolean): boolean {
  if (event.defaultPrevented || event.repeat || event.altKey || isReserved(shortcut)) return false
  const [mod, other] = apple ? [event.metaKey, event.ctrlKey] : [event.ctrlKey, event.metaKey]
  if (other || mod !== (shortcut.mod ?? false)) return false
  // With the modifier it is no letter of a text, but an input method may still be at work.
  if (mod) return !event.shiftKey && event.key.toLowerCase() === shortcut.key && !event.isComposing
  // A sign may want Shift to be typed; a letter with it is another one.
  return event.key === shortcut.key && !isTyping(event)
}

/** The keys as they are written on the keyboard: `['Ctrl', 'K']`. */
export function keysOf({ key, mod }: Shortcut, apple: boolean): string[] {
  const name = key.toUpperCase()
  return mod ? [apple ? '⌘' : 'Ctrl', name] : [name]
}
