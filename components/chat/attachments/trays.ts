import { shrinkImage } from '@/components/chat/attachments/shrink-image'
import { createTray, type Tray, type TrayServer } from '@/components/chat/attachments/tray'
import { ApiError, type ChatClient } from '@/components/chat/live'
import { type AttachedFile, attachmentPath } from '@/lib/agent/attached'

const trays = new Map<string, Tray>()

/** The tray of a draft, which may begin with files; made from what is stored of it when it is asked for first. */
export function trayOf(
  draftKey: string,
  client: ChatClient,
  organisationId: string,
  original: readonly AttachedFile[] = [],
): Tray {
  const server = serverOf(client, organisationId)
  // A server renders for everybody: nothing of one person may stay there.
  if (typeof window === 'undefined') return createTray(draftKey, server, original)
  const known = trays.get(draftKey)
  if (known) return known
  const made = createTray(draftKey, server, original)
  trays.set(draftKey, made)
  return made
}

/** A new chat became a session: its files go along. Doing so twice changes nothing. */
export function moveTray(from: string, to: string) {
  const tray = trays.get(from)
  if (!tray || from === to) return
  trays.delete(from)
  trays.set(to, tray)
  tray.rename(to)
}

/** The draft is over; another of the same name begins anew. */
export function endTray(draftKey: string, outcome: 'sent' | 'discarded') {
  trays.get(draftKey)?.end(outcome)
  trays.delete(draftKey)
}

interface Page {
  content: string
  nextOffset: number | null
}

/** A whole text, page by page. */
export async function readWholeText(client: ChatClient, id: string, share = ''): Promise<string> {
  let text = ''
  for (let offset: number | null = 0; offset !== null; ) {
    const page: Page = await client.request('GET', pagePath(id, offset, 1024 * 1024, share))
    text += page.content
    offset = page.nextOffset
  }
  return text
}

/** Where a page of a text file is read, as a page of evidence is. */
export const pagePath = (id: string, offset: number, limit: number, share = '') =>
  `/api/evidence/${encodeURIComponent(id)}?offset=${offset}&limit=${limit}${share}`

function serverOf(client: ChatClient, organisationId: string): TrayServer {
  return {
    upload: async (file, name, onProgress, signal) => {
      const query = new URLSearchParams({ org: organisationId, name })
      return client.upload(`/api/attachments?${query}`, await shrinkImage(file), { onProgress, signal })
    },
    remove: async (id) => {
      try {
        await client.request('DELETE', attachmentPath(id))
      } catch (error) {
        if (!(error instanceof ApiError && (error.status === 404 || error.status === 409))) throw error
      }
    },
    read: (id) => readWholeText(client, id),
  }
}
