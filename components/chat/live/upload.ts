import { ApiError, refusalIn } from '@/components/chat/live/api'

export interface UploadOptions {
  /** How much of it was sent, from 0 to 1. */
  onProgress?: (share: number) => void
  signal?: AbortSignal
}

/** Sends a file as the body of a POST; answers what the server says of it. Every failure is an `ApiError`. */
export type Upload = <Answer>(path: string, body: Blob, options?: UploadOptions) => Promise<Answer>

/** `fetch` tells nothing of how far an upload is, so this is an `XMLHttpRequest`. */
export function createUpload({ baseUrl, onSignedOut }: { baseUrl: string; onSignedOut: () => void }): Upload {
  return <Answer>(path: string, body: Blob, { onProgress, signal }: UploadOptions = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const request = new XMLHttpRequest()
      const broken = () =>
        reject(new ApiError({ status: 0, code: 'network', message: 'The server cannot be reached.' }))
      request.open('POST', `${baseUrl}${path}`)
      request.setRequestHeader('accept', 'application/json')
      request.setRequestHeader('content-type', 'application/octet-stream')
      request.responseType = 'json'
      request.upload.addEventListener('progress', ({ lengthComputable, loaded, total }) => {
        if (lengthComputable && total > 0) onProgress?.(loaded / total)
      })
      request.addEventListener('load', () => {
        const answer: unknown = request.response
        if (request.status === 401) onSignedOut()
        if (request.status >= 200 && request.status < 300 && answer !== null) resolve(answer as Answer)
        else reject(refusalIn(request.status, answer, request.getResponseHeader('retry-after')))
      })
      request.addEventListener('error', broken)
      request.addEventListener('abort', broken)
      signal?.addEventListener('abort', () => request.abort(), { once: true })
      if (signal?.aborted) return broken()
      request.send(body)
    })
}
