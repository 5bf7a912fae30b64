import type { SealedText } from '@/lib/mcp/config'

/**
 * Seals secrets with AES-256-GCM under the newest key of `LONGWATCH_SECRET_KEY`; the organisation's id is the
 * associated data, so a sealed text copied to another organisation does not open.
 */
export interface SecretBox {
  seal(plain: string, organisationId: string): SealedText
  /** Throws `internal` when the key is unknown or the text was tampered with. */
  open(sealed: SealedText, organisationId: string): string
}
