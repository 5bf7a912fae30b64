import { afterEach, beforeEach } from 'vitest'
import { type ChatClient, type ChatClientOptions, createChatClient } from '@/components/chat/live/store'
import { startTestServer, type TestServer, testEnvironment } from '@/components/chat/live/test-server'
import { messageIdOf, type RunChunk } from '@/lib/agent/events'

/** A server for each test, and clients of it that leave it at the end. Call it where the tests are described. */
export function setUpClients(usual: Partial<ChatClientOptions> = {}) {
  let server: TestServer
  let clients: ChatClient[] = []
  beforeEach(async () => {
    server = await startTestServer()
  })
  afterEach(async () => {
    for (const client of clients) client.disconnect()
    clients = []
    await server.close()
  })

  /** A client that is not connected yet. */
  function make(options: Partial<ChatClientOptions> = {}): ChatClient {
    const { environment } = testEnvironment()
    const client = createChatClient({ baseUrl: server.url, environment, ...usual, ...options })
    clients.push(client)
    return client
  }

  /** A tab of one browser, which can be hidden and shown: Node's own Web Locks and BroadcastChannel stand for the browser's. */
  function openTab(options: Partial<ChatClientOptions> = {}) {
    let isHidden = false
    const { environment, fire } = testEnvironment({
      locks: navigator.locks,
      channel: (name) => new BroadcastChannel(name),
    })
    const tab = make({
      environment: { ...environment, isHidden: () => isHidden },
      patience: 30,
      grace: 5,
      ...options,
      timing: { firstRetry: 2, lastRetry: 20, debounce: 2, hidden: 5, ...options.timing },
    })
    tab.connect()
    return {
      tab,
      fire,
      hide: () => {
        isHidden = true
        fire('hidden')
      },
      show: () => {
        isHidden = false
        fire('wake')
      },
    }
  }

  return {
    make,
    openTab,
    get server() {
      return server
    },
  }
}

/** How the log of an answer begins. */
export const opening = (runId: string): RunChunk[] => [
  { type: 'start', messageId: messageIdOf(runId) },
  { type: 'text-start', id: 't' },
]
export const word = (delta: string): RunChunk => ({ type: 'text-delta', id: 't', delta })

/** The text of a run's answer as a tab has it. */
export const textIn = (tab: ChatClient, sessionId: string, runId: string) => {
  const part = tab.session(sessionId).part(messageIdOf(runId), 0)
  return part && 'text' in part ? part.text : undefined
}
