import type { PolicyMatrix } from '@/lib/access/types'

/** Viewers read; editors and admins may everything. Servers and tools may say otherwise. */
export const DEFAULT_POLICY: PolicyMatrix = {
  viewer: { read: 'auto', write: 'hidden', destructive: 'hidden' },
  editor: { read: 'auto', write: 'auto', destructive: 'auto' },
  admin: { read: 'auto', write: 'auto', destructive: 'auto' },
}
