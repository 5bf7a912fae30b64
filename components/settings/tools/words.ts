import type { Risk, Role, ToolPolicy } from '@/lib/access/types'
import type { PolicySource, RiskSource } from '@/lib/mcp/types'

export const ROLE_WORDS: Record<Role, string> = { viewer: 'Viewers', editor: 'Editors', admin: 'Admins' }

export const RISK_WORDS: Record<Risk, { short: string; column: string; hint: string }> = {
  read: { short: 'reads', column: 'Reading', hint: 'Looks, changes nothing' },
  write: { short: 'changes', column: 'Changing', hint: 'Adds or changes, destroys nothing' },
  destructive: { short: 'destroys', column: 'Destroying', hint: 'May destroy, or does not say what it does' },
}

export const POLICY_WORDS: Record<ToolPolicy, { short: string; hint: string }> = {
  hidden: { short: 'Hidden', hint: 'the agent does not know of it' },
  ask: { short: 'Asks first', hint: 'each call waits for a person’s approval' },
  auto: { short: 'Free', hint: 'called without asking' },
}

export const RISK_SOURCES: Record<RiskSource, string> = {
  exception: 'set here',
  server: 'set at the server',
  provisioned: 'set by a provisioning file',
  annotations: 'as the server says',
  none: 'the server does not say',
}

export const POLICY_SOURCES: Record<PolicySource, string> = {
  matrix: 'from the table above',
  server: 'set at the server',
  exception: 'an exception',
  provisioned: 'set by a provisioning file',
}

/** Characters that nobody sees but a model reads: text can hide in them. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u{E0000}-\u{E007F}]/gu

/** The text with what is invisible in it written out; line breaks and tabs stay. */
export const showInvisible = (text: string) =>
  text.replace(INVISIBLE, (character) =>
    character === '\n' || character === '\t'
      ? character
      : `⟦U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}⟧`,
  )

/** A field of a definition as text for people. */
export const asText = (value: unknown): string =>
  showInvisible(typeof value === 'string' ? value : JSON.stringify(value ?? null, null, 2))
