import { renderToString } from 'react-dom/server'
import { beforeEach, expect, test, vi } from 'vitest'
import {
  type ChatClient,
  ChatClientProvider,
  useConnectionStatus,
  useMessage,
  useMessageIds,
  usePart,
  useQueue,
  useRunState,
  useSessionHead,
  useSessionList,
  useToolProgress,
} from '@/components/chat/live'
import { setUpClients } from '@/components/chat/live/set-up'

const here = setUpClients()
let client: ChatClient

beforeEach(() => {
  client = here.make()
})

function Part({ id, index }: { id: string; index: number }) {
  const part = usePart('ses_a', id, index)
  return <p>{part && 'text' in part ? part.text : part?.type}</p>
}

function Message({ id }: { id: string }) {
  const message = useMessage('ses_a', id)
  return message?.partKeys.map((key, index) => <Part key={key} id={id} index={index} />)
}

function Page() {
  const head = useSessionHead('ses_a')
  const { status } = useRunState('ses_a')
  const { items, paused } = useQueue('ses_a')
  const progress = useToolProgress('ses_a', 'constructor')
  const facts = [head.status, status, items.length, paused, progress?.status, useConnectionStatus().state]
  return (
    <main title={facts.join(' ')} data-list={useSessionList('org').status}>
      {useMessageIds('ses_a').map((id) => (
        <Message key={id} id={id} />
      ))}
    </main>
  )
}

const render = () =>
  renderToString(
    <ChatClientProvider client={client}>
      <Page />
    </ChatClientProvider>,
  )

test('a page draws what the store knows, and an empty one on the server', async () => {
  expect(render()).toContain('title="loading none 0 false  connecting" data-list="loading"')
  const session = here.server.session('ses_a')
  session.ask('run_a', 'What is wrong?')
  session.append('run_a', { type: 'start', messageId: 'msg_run_a' }, { type: 'text-start', id: 't' })
  session.append('run_a', { type: 'text-delta', id: 't', delta: 'The disk is full.' })
  // As in React: the page's parts subscribe before the provider above them connects.
  client.session('ses_a').subscribe('head', () => {})
  client.connect()
  await vi.waitFor(() => expect(client.session('ses_a').part('msg_run_a', 0)).toBeDefined())
  await vi.waitFor(() => expect(client.connection.status().state).toBe('open'))
  expect(render()).toContain('title="ready running 0 false  open"')
  expect(render()).toContain('<p>What is wrong?</p><p>The disk is full.</p>')
})

test('says what is missing when there is no provider', () => {
  expect(() => renderToString(<Page />)).toThrow('ChatClientProvider')
})
