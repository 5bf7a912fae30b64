import type { Metadata } from 'next'
import { ChatArea } from '@/components/chat/chat-area'
import { loadWorkspace } from './load-workspace'

export const metadata: Metadata = { title: 'New chat' }

export default async function NewChatPage({ params }: { params: Promise<{ slug: string }> }) {
  await loadWorkspace((await params).slug)
  return <ChatArea />
}
