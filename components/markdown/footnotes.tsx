import { createContext, type MouseEvent, type ReactNode, use, useId, useMemo } from 'react'
import { Group } from '@/components/ui/group'

/** The footnotes of one text. */
interface Notes {
  /** Of the text's element; every other id begins with it. */
  id: string
  /** By name. They are numbered as they come, so that none changes while the text is being written. */
  numbers: ReadonlyMap<string, number>
  growing: boolean
  /** By number: the reference that one came from last. */
  came: Map<number, string>
}

export const NotesContext = createContext<Notes>({ id: '', numbers: new Map(), growing: false, came: new Map() })

/** The same object as long as neither the names nor `growing` change. */
export function useNotes(names: readonly string[], growing: boolean): Notes {
  const id = useId()
  return useMemo(() => {
    // Of several with one name it is the first that is meant.
    const numbers = new Map(names.map((name, index) => [name, index + 1] as const).reverse())
    return { id, numbers, growing, came: new Map() }
  }, [id, names, growing])
}

const noteId = (id: string, number: number) => `${id}-note-${number}`

/** By focus, as the keyboard goes: the address of the page stays what it is. */
function goTo(event: MouseEvent, target: HTMLElement | null) {
  if (!target) return
  event.preventDefault()
  target.focus()
}

/** A footnote's mark in the text. One that leads nowhere is text; while its footnote may still come it is a bare number. */
export function Reference({ raw, name }: { raw: string; name: string }) {
  const { id, numbers, growing, came } = use(NotesContext)
  const own = useId()
  const number = numbers.get(name)
  if (number === undefined) return growing && /^\d{1,3}$/.test(name) ? <sup>{name}</sup> : raw
  return (
    <sup>
      <a
        id={own}
        href={`#${noteId(id, number)}`}
        aria-label={`Footnote ${number}`}
        onClick={(event) => {
          came.set(number, own)
          goTo(event, document.getElementById(noteId(id, number)))
        }}
      >
        {number}
      </a>
    </sup>
  )
}

/** The footnotes below their text, each with a way back to where it was read. */
export function Footnotes({ children }: { children: readonly ReactNode[] }) {
  const { id, came } = use(NotesContext)
  const mark = (number: number) =>
    document.getElementById(came.get(number) ?? '') ??
    document.querySelector<HTMLElement>(`[href="#${noteId(id, number)}"]`)
  return (
    <Group label="Footnotes" className="footnotes">
      <ol>
        {children.map((child, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a footnote is its number
          <li key={index} id={noteId(id, index + 1)} tabIndex={-1}>
            {child}{' '}
            <a
              href={`#${id}`}
              aria-label={`Back to the mark of footnote ${index + 1}`}
              onClick={(event) => goTo(event, mark(index + 1))}
            >
              ↩
            </a>
          </li>
        ))}
      </ol>
    </Group>
  )
}
