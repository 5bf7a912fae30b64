import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import {
  convertToModelMessages,
  createUIMessageStreamResponse,
  generateId,
  streamText,
  toUIMessageStream,
  type UIMessage,
} from 'ai'
import { readChat, saveChat } from '../../../chat-store.ts'
import { streamContext } from '../../../streams.ts'

const provider = createOpenAICompatible({ name: 'bench', baseURL: process.env.MODEL_URL ?? '', includeUsage: true })

/** "Create the POST handler" of the AI SDK's guide to resumable streams. */
export async function POST(request: Request): Promise<Response> {
  const { message, id }: { message: UIMessage; id: string } = await request.json()
  const chat = await readChat(id)
  const messages = [...chat.messages, message]
  // Clear any previous active stream and save the user message. Not awaited, as in the guide.
  void saveChat({ id, messages, activeStreamId: null })
  const result = streamText({ model: provider('bench'), messages: await convertToModelMessages(messages) })
  return createUIMessageStreamResponse({
    stream: toUIMessageStream({
      stream: result.stream,
      originalMessages: messages,
      generateMessageId: generateId,
      onEnd: ({ messages }) => {
        void saveChat({ id, messages, activeStreamId: null })
      },
    }),
    async consumeSseStream({ stream }) {
      const streamId = generateId()
      const streams = await streamContext()
      await streams.createNewResumableStream(streamId, () => stream)
      void saveChat({ id, activeStreamId: streamId })
    },
  })
}
