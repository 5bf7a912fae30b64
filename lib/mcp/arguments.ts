import { createHash } from 'node:crypto'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'

export interface ArgumentValidator {
  /** What is wrong, each in words that name the argument's path; empty when nothing is. */
  (value: unknown): string[]
  /** Set when the schema itself cannot be used: everything passes unchecked. */
  note: string | null
}

type Schema = Record<string, unknown>

const MAX_SCHEMA_BYTES = 256 * 1024
const MAX_CACHED = 500
const UNUSABLE = "The arguments were not checked: the tool's schema cannot be used."

const passAll = (): ArgumentValidator => Object.assign(() => [], { note: UNUSABLE })

const byIdentity = new WeakMap<object, ArgumentValidator>()
const byFingerprint = new Map<string, ArgumentValidator>()

/**
 * A validator for a tool's input schema (draft 2020-12 or 07), compiled once per schema. It never throws: a schema
 * that is invalid or hostile lets everything pass, with a note. Formats and patterns are left to the server.
 */
export function createArgumentValidator(schema: Schema): ArgumentValidator {
  const known = byIdentity.get(schema)
  if (known) return known
  const text = serialise(schema)
  if (text === null || text.length > MAX_SCHEMA_BYTES) return remember(schema, passAll())
  const fingerprint = createHash('sha256').update(text).digest('base64url')
  const validator = byFingerprint.get(fingerprint) ?? compile(schema)
  byFingerprint.delete(fingerprint)
  byFingerprint.set(fingerprint, validator)
  if (byFingerprint.size > MAX_CACHED) byFingerprint.delete(byFingerprint.keys().next().value as string)
  return remember(schema, validator)
}

/** The same text for equal values, whatever the order of their fields. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_, field: unknown) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  )

function remember(schema: Schema, validator: ArgumentValidator): ArgumentValidator {
  byIdentity.set(schema, validator)
  return validator
}

function serialise(schema: Schema): string | null {
  try {
    return JSON.stringify(schema) ?? null
  } catch {
    return null
  }
}

function compile(schema: Schema): ArgumentValidator {
  let validate: ValidateFunction
  try {
    const dialect = typeof schema.$schema === 'string' && /draft-0[4-7]/.test(schema.$schema) ? Ajv : Ajv2020
    // An instance each: two tools may use one $id for different schemas.
    const ajv = new dialect({
      strict: false,
      allErrors: true,
      validateSchema: false,
      validateFormats: false,
      logger: false,
      addUsedSchema: false,
    })
    const { $schema: _, $id: __, ...rest } = withoutPatterns(schema) as Schema
    validate = ajv.compile(rest)
  } catch {
    return passAll()
  }
  const validator: ArgumentValidator = Object.assign(
    (value: unknown) => {
      try {
        return validate(value) ? [] : describe(validate.errors ?? [])
      } catch {
        // For example a schema that refers to itself without end.
        validator.note = UNUSABLE
        return []
      }
    },
    { note: null },
  )
  return validator
}

/** Keywords whose value maps names to schemas. */
const MAPS = new Set(['properties', '$defs', 'definitions', 'dependentSchemas', 'dependencies'])
/** Keywords whose value is data, not a schema. */
const DATA = new Set(['enum', 'const', 'default', 'examples', 'required', 'type'])

/** A server's regular expression could keep the event loop busy for ever, so none of them is run here. */
function withoutPatterns(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutPatterns)
  if (typeof node !== 'object' || node === null) return node
  const kept: Schema = {}
  const matchesNames = 'patternProperties' in node
  for (const [key, value] of Object.entries(node)) {
    if (key === 'pattern' || key === 'patternProperties') continue
    if (matchesNames && (key === 'additionalProperties' || key === 'unevaluatedProperties')) continue
    if (DATA.has(key)) kept[key] = value
    else if (MAPS.has(key) && typeof value === 'object' && value !== null && !Array.isArray(value))
      kept[key] = Object.fromEntries(Object.entries(value).map(([name, schema]) => [name, withoutPatterns(schema)]))
    else kept[key] = withoutPatterns(value)
  }
  return kept
}

const MAX_PROBLEMS = 20

function describe(errors: ErrorObject[]): string[] {
  const problems = [...new Set(errors.map(describeOne))]
  if (problems.length <= MAX_PROBLEMS) return problems
  return [...problems.slice(0, MAX_PROBLEMS), `… and ${problems.length - MAX_PROBLEMS} more problems`]
}

function describeOne(error: ErrorObject): string {
  const path = pathOf(error.instancePath)
  const within = path === '' ? '' : `${path}.`
  const { params } = error
  switch (error.keyword) {
    case 'required':
      return `${within}${params.missingProperty}: is required`
    case 'additionalProperties':
      return `${within}${params.additionalProperty}: is not an argument of this tool`
    case 'unevaluatedProperties':
      return `${within}${params.unevaluatedProperty}: is not an argument of this tool`
    case 'enum':
      return `${path || 'arguments'}: must be one of ${list(params.allowedValues)}`
    case 'const':
      return `${path || 'arguments'}: must be ${JSON.stringify(params.allowedValue)}`
    default:
      return `${path || 'arguments'}: ${error.message ?? 'is not valid'}`
  }
}

/** `/queries/0/expr` → `queries[0].expr` */
function pathOf(pointer: string): string {
  const names = pointer.split('/').slice(1)
  return names
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, name) => (/^\d+$/.test(name) ? `${path}[${name}]` : path ? `${path}.${name}` : name), '')
}

const list = (values: unknown) =>
  Array.isArray(values)
    ? values
        .slice(0, 20)
        .map((value) => JSON.stringify(value))
        .join(', ') + (values.length > 20 ? ', …' : '')
    : 'the allowed values'
