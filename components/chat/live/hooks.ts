'use client'

import {
  createContext,
  createElement,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react'
import type { AttentionView } from '@/components/chat/live/attention'
import type { Outage } from '@/components/chat/live/outage'
import type { SessionTopic } from '@/components/chat/live/session-views'
import { type ChatClient, type ChatClientOptions, createChatClient } from '@/components/chat/live/store'
import type {
  ConnectionStatus,
  MessageView,
  QueueView,
  RunView,
  SessionHead,
  SessionListView,
  SwitchView,
} from '@/components/chat/live/types'
import type { FoldPart, ToolProgress } from '@/lib/sessions/fold'

const ClientContext = createContext<ChatClient | null>(null)

export interface ChatClientProviderProps extends Pick<ChatClientOptions, 'baseUrl' | 'identity' | 'onSignedOut'> {
  /** One made elsewhere, for tests; else the provider makes its own. */
  client?: ChatClient
  children: ReactNode
}

/** Gives the pages below it one chat client, which is connected while the provider is mounted. */
export function ChatClientProvider({ client, baseUrl, identity, onSignedOut, children }: ChatClientProviderProps) {
  const [own] = useState(() => client ?? createChatClient({ baseUrl, identity, onSignedOut }))
  useEffect(() => {
    own.connect()
    return () => own.disconnect()
  }, [own])
  return createElement(ClientContext.Provider, { value: own }, children)
}

/** Below it the same hooks read through another client, such as one of `version`. */
export const WithClient = ({ client, children }: { client: ChatClient; children?: ReactNode }) =>
  createElement(ClientContext.Provider, { value: client }, children)

/** The client, for its actions. */
export function useClient(): ChatClient {
  const client = useContext(ClientContext)
  if (!client) throw new Error('There is no ChatClientProvider above this component.')
  return client
}

/** Subscribes to one topic of a session; the component renders again only when what `read` answers is another object. */
function useTopic<T>(
  sessionId: string,
  topic: SessionTopic,
  read: (session: ReturnType<ChatClient['session']>) => T,
): T {
  const session = useClient().session(sessionId)
  const subscribe = useCallback((listener: () => void) => session.subscribe(topic, listener), [session, topic])
  const snapshot = () => read(session)
  return useSyncExternalStore(subscribe, snapshot, snapshot)
}

export const useSessionHead = (sessionId: string): SessionHead =>
  useTopic(sessionId, 'head', (session) => session.head())

/** The messages in their order, oldest first, this tab's unsent ones among them. */
export const useMessageIds = (sessionId: string): readonly string[] =>
  useTopic(sessionId, 'ids', (session) => session.messageIds())

/** Undefined once the message is gone. */
export const useMessage = (sessionId: string, messageId: string): MessageView | undefined =>
  useTopic(sessionId, `message:${messageId}`, (session) => session.message(messageId))

/** A token renders only the readers of the part that it belongs to. Undefined once the part is gone. */
export const usePart = (sessionId: string, messageId: string, index: number): FoldPart | undefined =>
  useTopic(sessionId, `part:${messageId}:${index}`, (session) => session.part(messageId, index))

/** Several parts of one message; the same array while none of them changed. Give it the same `indexes` while they say the same. */
export function useParts(sessionId: string, messageId: string, indexes: readonly number[]): readonly FoldPart[] {
  const session = useClient().session(sessionId)
  const last = useRef<readonly FoldPart[]>([])
  const subscribe = useCallback(
    (listener: () => void) => {
      const ends = indexes.map((index) => session.subscribe(`part:${messageId}:${index}`, listener))
      return () => {
        for (const end of ends) end()
      }
    },
    [session, messageId, indexes],
  )
  const snapshot = () => {
    const parts = indexes.flatMap((index) => session.part(messageId, index) ?? [])
    const isSame = parts.length === last.current.length && parts.every((part, place) => part === last.current[place])
    if (!isSame) last.current = parts
    return last.current
  }
  return useSyncExternalStore(subscribe, snapshot, snapshot)
}

export const useRunState = (sessionId: string): RunView => useTopic(sessionId, 'run', (session) => session.run())

/** How far a running call is; undefined when it is not running. */
export const useToolProgress = (sessionId: string, toolCallId: string): ToolProgress | undefined =>
  useTopic(sessionId, 'run', (session) => {
    const { progress } = session.run()
    return Object.hasOwn(progress, toolCallId) ? progress[toolCallId] : undefined
  })

export const useQueue = (sessionId: string): QueueView => useTopic(sessionId, 'queue', (session) => session.queue())

export function useConnectionStatus(): ConnectionStatus {
  const { connection } = useClient()
  return useSyncExternalStore(connection.subscribe, connection.status, connection.status)
}

/** How long the connection has been away, as far as it is to be shown. */
export function useOutage(): Outage {
  const { outage } = useClient()
  return useSyncExternalStore(outage.subscribe, outage.view, outage.view)
}

/** What happened since this tab was hidden. */
export function useAttention(): AttentionView {
  const { attention } = useClient()
  return useSyncExternalStore(attention.subscribe, attention.view, attention.view)
}

/** The organisation's sessions; the first page is fetched with the first reader. */
export function useSessionList(organisationId: string): SessionListView {
  const list = useClient().list(organisationId)
  return useSyncExternalStore(list.subscribe, list.view, list.view)
}

/** What an administrator switched off in the organisation, as it is now. */
export function useSwitches(organisationId: string): readonly SwitchView[] {
  const list = useClient().list(organisationId)
  return useSyncExternalStore(list.subscribeSwitches, list.switches, list.switches)
}
