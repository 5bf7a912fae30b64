import type { Shortcut } from '@/components/commands/shortcut'

interface Key extends Shortcut {
  /** What it does, whatever there is to do it with at the moment. */
  does: string
}

/** Which key starts which command, by the command's id: the one place where they are given out. */
export const KEYS: Readonly<Record<string, Key>> = {
  palette: { key: 'k', mod: true, does: 'All commands, and the sessions by title' },
  keys: { key: '?', does: 'This map' },
  'new-chat': { key: 'n', does: 'New chat' },
  'focus-composer': { key: 'm', does: 'Write a message' },
  'jump-to-latest': { key: 'j', does: 'Jump to the latest' },
  'copy-answer': { key: 'c', does: 'Copy the last answer' },
  'undo-delete': { key: 'z', does: 'Take back the deletion just made' },
  approvals: { key: 'a', does: 'Approvals' },
  'toggle-sidebar': { key: 'b', does: 'Show or hide the sidebar' },
}

/** What keys do inside of one place only; they are handled there. */
export const KEYS_OF_PLACES: readonly { place: string; keys: readonly { press: readonly string[]; does: string }[] }[] =
  [
    {
      place: 'While writing',
      keys: [
        { press: ['Enter'], does: 'Send' },
        { press: ['Shift', 'Enter'], does: 'New line' },
        { press: ['↑'], does: 'In an empty field: the question before' },
      ],
    },
    {
      place: 'On a chart',
      keys: [
        { press: ['←', '→'], does: 'Read the values before, the next' },
        { press: ['Home', 'End'], does: 'Read the first, the last' },
        { press: ['+', '−'], does: 'Zoom in, zoom out' },
        { press: ['Shift', '←'], does: 'Where zoomed in: earlier, with → later' },
        { press: ['0'], does: 'The whole time' },
        { press: ['Esc'], does: 'Stop reading' },
        { press: ['Ctrl', 'Enter'], does: 'In the legend: hide or show one line' },
      ],
    },
    {
      place: 'In menus and dialogs',
      keys: [
        { press: ['↑', '↓'], does: 'The one before, the next' },
        { press: ['Enter'], does: 'Choose' },
        { press: ['Esc'], does: 'Close, and back to where you were' },
      ],
    },
  ]
