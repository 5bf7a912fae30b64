import type { AttachedFile } from '@/lib/agent/attached'
import { createAttachment } from '@/lib/attachments/create'
import type { Ctx } from '@/lib/context'

/** For tests: the smallest PNG there is. */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

export const attachText = (ctx: Ctx, text: string, name = 'app.log'): Promise<AttachedFile> =>
  createAttachment(ctx, { org: 'acme', name, bytes: Buffer.from(text) })

export const attachImage = (ctx: Ctx, name = 'graph.png'): Promise<AttachedFile> =>
  createAttachment(ctx, { org: 'acme', name, bytes: PNG })
