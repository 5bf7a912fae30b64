import { isObject } from './protocol.ts'

type Json = Record<string, unknown>
const MAX_ATTEMPTS = 400

/** Every JSON object that stands in a text, whole ones only; a cut-off outer one yields the whole ones inside of it. */
export function objectsIn(text: string): Json[] {
  const found: Json[] = []
  let attempts = 0
  for (let index = text.indexOf('{'); index >= 0 && attempts < MAX_ATTEMPTS; attempts++) {
    const end = endOf(text, index)
    const parsed = end < 0 ? null : parse(text.slice(index, end))
    if (isObject(parsed)) found.push(parsed)
    index = text.indexOf('{', isObject(parsed) ? end : index + 1)
  }
  return found
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function endOf(text: string, start: number): number {
  let depth = 0
  let quoted = false
  for (let index = start; index < text.length; index++) {
    const letter = text[index]
    if (quoted) {
      if (letter === '\\') index++
      else if (letter === '"') quoted = false
    } else if (letter === '"') quoted = true
    else if (letter === '{') depth++
    else if (letter === '}' && --depth === 0) return index + 1
  }
  return -1
}

/** The objects in a text and, when they carry others (or texts with others), those too, down to a few levels. */
export function allObjectsIn(text: string): Json[] {
  const all: Json[] = []
  const visit = (value: unknown, depth: number): void => {
    if (depth > 6) return
    if (Array.isArray(value)) for (const item of value) visit(item, depth + 1)
    else if (isObject(value)) {
      all.push(value)
      for (const inner of Object.values(value)) visit(inner, depth + 1)
    } else if (typeof value === 'string' && value.includes('{"')) {
      for (const inner of objectsIn(value)) visit(inner, depth + 1)
    }
  }
  for (const object of objectsIn(text)) visit(object, 0)
  return all
}
