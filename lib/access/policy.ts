import type { PolicyMatrix } from '@/lib/access/types'

/** Viewers read; editors and admins read freely and are asked for the rest. Servers and tools may say otherwise. */
export const DEFAULT_POLICY: PolicyMatrix = {
  viewer: { read: 'auto', write: 'hidden', destructive: 'hidden' },
  editor: { read: 'auto', write: 'ask', destructive: 'ask' },
  admin: { read: 'auto', write: 'ask', destructive: 'ask' },
}
