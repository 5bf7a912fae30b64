import type { Organisation, User } from '@/lib/access/types'
import type { SealedText } from '@/lib/mcp/config'
import { McpFailure } from '@/lib/mcp/failures'
import type { SecretBox } from '@/lib/secrets'

export interface Asker {
  organisation: Organisation
  /** Null for API tokens: `{{user.…}}` then has no value. */
  user: User | null
}

const PLACEHOLDERS: Record<string, (asker: Asker) => string | null | undefined> = {
  'org.id': ({ organisation }) => organisation.id,
  'org.slug': ({ organisation }) => organisation.slug,
  'org.externalId': ({ organisation }) => organisation.externalId,
  'user.id': ({ user }) => user?.id,
  'user.email': ({ user }) => user?.email,
  'user.name': ({ user }) => user?.name,
}

const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g
// Visible ASCII, spaces, tabs and Latin-1: what fetch accepts. CR and LF would begin a header of their own.
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** Opens a sealed value; refuses, naming the place only, when it cannot be opened. */
export function openSealed(sealed: SealedText, place: string, organisationId: string, secrets: SecretBox): string {
  try {
    return secrets.open(sealed, organisationId)
  } catch {
    throw new McpFailure('refused', `cannot be called: ${place} cannot be unsealed with the keys at hand`, {
      unsent: true,
    })
  }
}

/**
 * Opens and fills the header templates for one asker. Throws `refused`, naming header and placeholder but never a
 * value, when a placeholder has no value or the outcome is no header; it never falls back to anything shared.
 */
export function fillHeaders(
  templates: Record<string, SealedText>,
  asker: Asker,
  secrets: SecretBox,
): Record<string, string> {
  const filled: Record<string, string> = {}
  for (const [name, sealed] of Object.entries(templates)) {
    const template = openSealed(sealed, `the header ${name}`, asker.organisation.id, secrets)
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) throw refusal(name, 'has a name that is none')
    const value = template.replace(PLACEHOLDER, (_, placeholder: string) => {
      const fill = Object.hasOwn(PLACEHOLDERS, placeholder) ? PLACEHOLDERS[placeholder] : undefined
      if (!fill) throw refusal(name, `names {{${placeholder}}}, which does not exist`)
      const found = fill(asker)
      if (!found)
        throw refusal(
          name,
          `needs {{${placeholder}}}, which has no value for this caller`,
          placeholder.startsWith('user.'),
        )
      return found
    })
    if (!HEADER_VALUE.test(value)) throw refusal(name, 'would contain characters that no header may carry')
    filled[name] = value
  }
  return filled
}

const refusal = (header: string, why: string, ofAsker = false) =>
  new McpFailure('refused', `cannot be called: its header ${header} ${why}`, { unsent: true, ofAsker })

/** What is wrong with a template that somebody types, in words that do not repeat it; null when nothing is. */
export function templateProblem(template: string): string | null {
  for (const [, name = ''] of template.matchAll(PLACEHOLDER))
    if (!Object.hasOwn(PLACEHOLDERS, name))
      return `There is no {{${name.slice(0, 40)}}}; there are ${Object.keys(PLACEHOLDERS).join(', ')}.`
  const rest = template.replace(PLACEHOLDER, '')
  if (/\{\{|\}\}/.test(rest)) return 'There are {{ and }} that do not belong together.'
  return HEADER_VALUE.test(rest) ? null : 'There are characters that no header may carry, such as a line break.'
}
