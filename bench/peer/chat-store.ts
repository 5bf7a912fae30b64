import type { UIMessage } from 'ai'
import { client } from './redis.ts'

// The guide leaves storage to the reader: a hash per chat, on the Redis that the streams use.

interface Chat {
  messages: UIMessage[]
  activeStreamId: string | null
}

/** A chat that nobody saved is empty. */
export async function readChat(id: string): Promise<Chat> {
  const stored = await (await client('chats')).hGetAll(`chat:${id}`)
  return { messages: stored.messages ? JSON.parse(stored.messages) : [], activeStreamId: stored.activeStreamId || null }
}

/** Saves what is given; the rest stays. */
export async function saveChat({ id, messages, activeStreamId }: { id: string } & Partial<Chat>): Promise<void> {
  const fields: Record<string, string> = {}
  if (messages) fields.messages = JSON.stringify(messages)
  if (activeStreamId !== undefined) fields.activeStreamId = activeStreamId ?? ''
  await (await client('chats')).hSet(`chat:${id}`, fields)
}
