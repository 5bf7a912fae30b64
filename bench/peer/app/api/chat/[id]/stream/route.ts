import { UI_MESSAGE_STREAM_HEADERS } from 'ai'
import { readChat } from '../../../../../chat-store.ts'
import { streamContext } from '../../../../../streams.ts'

/** "Implement the GET handler" of the AI SDK's guide to resumable streams. */
export async function GET(_: Request, { params }: { params: Promise<{ id: string }> }): Promise<Response> {
  const { id } = await params
  const chat = await readChat(id)
  if (chat.activeStreamId == null) return new Response(null, { status: 204 })
  const streams = await streamContext()
  return new Response(await streams.resumeExistingStream(chat.activeStreamId), {
    headers: UI_MESSAGE_STREAM_HEADERS,
  })
}
