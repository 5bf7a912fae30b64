/** What shall happen to a secret that the page never sees. */
export type SecretChange = { action: 'keep' } | { action: 'set'; value: string } | { action: 'remove' }

export const KEEP: SecretChange = { action: 'keep' }

/** The change as the API takes it: undefined keeps, null removes, a text replaces. */
export function secretBody(change: SecretChange): string | null | undefined {
  if (change.action === 'keep') return undefined
  return change.action === 'remove' ? null : change.value
}
