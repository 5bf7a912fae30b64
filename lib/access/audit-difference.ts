import type { Json } from '@/lib/stores/contract'

/** One field of a record; `undefined`: it is not there. */
export interface FieldChange {
  /** `limits.stepsPerRun`; '' for the whole. */
  path: string
  before: string | undefined
  after: string | undefined
}

/** Deeper things are shown as JSON. */
const DEPTH = 4

/** What changed between two states, field by field; of a creation or removal, every field. */
export function difference(before: Json, after: Json): FieldChange[] {
  const [old, fresh] = [fieldsOf(before), fieldsOf(after)]
  return [...new Set([...old.keys(), ...fresh.keys()])]
    .map((path) => ({ path, before: old.get(path), after: fresh.get(path) }))
    .filter((change) => change.before !== change.after)
}

function fieldsOf(value: Json, path = '', depth = 0, found = new Map<string, string>()): Map<string, string> {
  if (value === null && path === '') return found
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth === DEPTH) {
    return found.set(path, typeof value === 'string' ? value : JSON.stringify(value))
  }
  const entries = Object.entries(value)
  if (entries.length === 0 && path !== '') found.set(path, '{}')
  for (const [name, field] of entries) fieldsOf(field as Json, path === '' ? name : `${path}.${name}`, depth + 1, found)
  return found
}
