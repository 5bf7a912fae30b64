export { ApiError } from '@/components/chat/live/api'
export * from '@/components/chat/live/hooks'
export { type ChatClient, type ChatClientOptions, createChatClient } from '@/components/chat/live/store'
export type * from '@/components/chat/live/types'
