/** What a prompt of an organisation's own may name; each is filled in when a run begins. */
export const PROMPT_VARIABLES = {
  organisation: 'The organisation’s name',
  role: 'The role of who asks: viewer, editor or admin',
  now: 'The time at which the run began, in UTC',
  tools: 'The names of the tools that the role may use',
} as const
export type PromptVariable = keyof typeof PROMPT_VARIABLES

/** A prompt of an organisation's own has at most so many bytes. */
export const MAX_PROMPT_BYTES = 16_384

/** `{{name}}`; what has other characters in it (`{{ $labels.job }}`) is text as it stands. */
const VARIABLE = /\{\{\s*([A-Za-z][A-Za-z0-9_]*)\s*\}\}/g

/** Fills in the variables, once: a value that looks like a variable stays as it is. */
export function fillTemplate(template: string, values: Record<PromptVariable, string>): string {
  return template.replace(VARIABLE, (whole, name: string) =>
    Object.hasOwn(values, name) ? values[name as PromptVariable] : whole,
  )
}

/** The first variable that nobody fills in; null when there is none. */
export function unknownVariable(template: string): string | null {
  for (const [, name] of template.matchAll(VARIABLE)) {
    if (name && !Object.hasOwn(PROMPT_VARIABLES, name)) return name
  }
  return null
}
