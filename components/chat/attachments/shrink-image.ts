import { ApiError } from '@/components/chat/live'
import { MAX_ATTACHMENT_BYTES } from '@/lib/attachments/limits'

/** Models look at no more of an image than this. */
const LONGEST_SIDE = 2_048

/** An image that is larger than the server takes, as a smaller picture; all else as it is. Rejects with an `ApiError`. */
export async function shrinkImage(file: Blob): Promise<Blob> {
  if (file.size <= MAX_ATTACHMENT_BYTES || !file.type.startsWith('image/')) return file
  try {
    const bitmap = await createImageBitmap(file)
    const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height))
    const canvas = new OffscreenCanvas(Math.round(bitmap.width * scale), Math.round(bitmap.height * scale))
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
    bitmap.close()
    return await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.88 })
  } catch {
    throw new ApiError({
      status: 400,
      code: 'bad_request',
      message: 'This image is too large, and cannot be made smaller here.',
    })
  }
}
