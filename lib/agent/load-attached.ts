import { type AttachedFile, attachedTo } from '@/lib/agent/attached'
import type { Content, Contents } from '@/lib/agent/context/attachments'
import { promptBudget } from '@/lib/agent/context/build'
import type { LoopPorts } from '@/lib/agent/ports'

/** One text is read whole up to here; of a longer one its two ends are. */
const MOST_WHOLE_BYTES = 1024 * 1024
const LEAST_WHOLE_BYTES = 64 * 1024
/** More bytes than this a token does not have in any text that is worth sending. */
const BYTES_PER_TOKEN = 8
/** In one prompt, the question's and earlier ones together. */
const MOST_IMAGES = 10
const MOST_IMAGE_BYTES = 10_000_000

/**
 * Reads what a prompt may show of the question's and the earlier turns' files, the newest first, within bounds: what
 * is not read is named in the prompt. Images are read only for a model that takes them.
 */
export async function loadAttached(
  ports: Pick<LoopPorts, 'attachments' | 'history' | 'model' | 'readAttachment'>,
): Promise<Contents> {
  const contents = new Map<string, Content>()
  const earlier = ports.history.toReversed().flatMap(attachedTo)
  const files = [...ports.attachments, ...earlier]
  const ends = Math.min(MOST_WHOLE_BYTES, Math.max(LEAST_WHOLE_BYTES, promptBudget(ports.model) * BYTES_PER_TOKEN))
  const room = { images: ports.model.takesImages ? MOST_IMAGES : 0, imageBytes: MOST_IMAGE_BYTES, textBytes: 2 * ends }
  for (const file of files) {
    if (contents.has(file.id)) continue
    const isOfQuestion = ports.attachments.includes(file)
    if (file.kind === 'image') {
      if (room.images === 0 || file.bytes > room.imageBytes) continue
      const bytes = await ports.readAttachment(file.id, { offset: 0, limit: file.bytes })
      if (!bytes) continue
      room.images -= 1
      room.imageBytes -= file.bytes
      contents.set(file.id, { kind: 'image', bytes })
    } else if (isOfQuestion || room.textBytes > 0) {
      const content = await readText(ports, file, ends)
      room.textBytes -= Math.min(file.bytes, ends)
      if (content) contents.set(file.id, content)
    }
  }
  return contents
}

async function readText(
  ports: Pick<LoopPorts, 'readAttachment'>,
  file: AttachedFile,
  limit: number,
): Promise<Content | null> {
  const read = async (offset: number, length: number) =>
    (await ports.readAttachment(file.id, { offset, limit: length }))?.toString('utf8')
  if (file.bytes <= limit) {
    const head = await read(0, file.bytes)
    return head === undefined ? null : { kind: 'text', head, tail: null }
  }
  const tailBytes = Math.floor(limit / 4)
  const [head, tail] = [await read(0, limit - tailBytes), await read(file.bytes - tailBytes, tailBytes)]
  return head === undefined || tail === undefined ? null : { kind: 'text', head, tail }
}
