import { describe, expect, it, vi } from 'vitest'
import { approvalSentence, connectionSentence, type Heard, runSentence } from '@/components/announcements/sentences'
import { setUpClients } from '@/components/chat/live/set-up'

const heard = (status: Heard['run']['status'], more: Partial<Heard> & { runId?: string | null } = {}): Heard => {
  const { runId = 'run_a', ...rest } = more
  return { sessionId: 'ses_a', known: true, run: { runId, status }, error: null, ...rest }
}

describe('a conversation', () => {
  it('says that an answer began, and how it ended', () => {
    expect(runSentence(heard('none', { runId: null }), heard('running'))?.text).toBe('An answer has begun.')
    expect(runSentence(heard('running'), heard('completed'))?.text).toBe('The answer is complete.')
    expect(runSentence(heard('running'), heard('cancelled'))?.text).toBe('The answer was stopped.')
    expect(runSentence(heard('running'), heard('failed', { error: 'The model is overloaded.' }))?.text).toBe(
      'The answer failed: The model is overloaded.',
    )
  })

  it('says that an approval is wanted, urgently, and that the run goes on after it', () => {
    expect(runSentence(heard('running'), heard('waiting'))).toEqual({
      text: 'An approval is wanted: the run waits for it.',
      urgent: true,
    })
    expect(runSentence(heard('waiting'), heard('running'))?.text).toBe('The run goes on.')
  })

  it('says that the next answer began when one follows the other at once, and knows one that was short', () => {
    expect(runSentence(heard('running'), heard('running', { runId: 'run_b' }))?.text).toBe('The next answer has begun.')
    expect(runSentence(heard('completed'), heard('completed', { runId: 'run_b' }))?.text).toBe(
      'The answer is complete.',
    )
  })

  it('says nothing of what was over when it was opened, but of an answer that is being written', () => {
    const opening = heard('none', { known: false, runId: null })
    expect(runSentence(null, opening)).toBeNull()
    expect(runSentence(opening, heard('completed'))).toBeNull()
    expect(runSentence(opening, heard('running'))?.text).toBe('An answer is being written.')
    expect(runSentence(heard('completed', { sessionId: 'ses_b' }), heard('failed'))).toBeNull()
    expect(runSentence(heard('none', { sessionId: null, runId: null }), heard('running'))?.text).toBe(
      'An answer is being written.',
    )
  })

  it('says of a run that waits already that an approval is wanted, also where one came from a new chat', () => {
    const wanted = { text: 'An approval is wanted: the run waits for it.', urgent: true }
    expect(runSentence(heard('none', { known: false, runId: null }), heard('waiting'))).toEqual(wanted)
    expect(runSentence(heard('none', { sessionId: null, runId: null }), heard('waiting'))).toEqual(wanted)
  })

  it('says nothing twice', () => {
    for (const status of ['none', 'running', 'waiting', 'completed', 'failed', 'cancelled'] as const) {
      expect(runSentence(heard(status), heard(status))).toBeNull()
      expect(runSentence(heard(status, { known: false }), heard(status))).toBeNull()
    }
  })
})

describe('the connection', () => {
  it('is spoken of when it is lost for longer than a moment, and when it is back', () => {
    expect(connectionSentence('none', 'brief')).toBeNull()
    expect(connectionSentence('brief', 'none')).toBeNull()
    expect(connectionSentence('brief', 'reconnecting')?.text).toContain('lost')
    expect(connectionSentence('reconnecting', 'offline')).toBeNull()
    expect(connectionSentence('offline', 'none')?.text).toContain('back')
  })
})

describe('approvals elsewhere', () => {
  it('are told once, and not of the conversation that is shown', () => {
    expect(approvalSentence(null, ['a'], [])).toBeNull()
    expect(approvalSentence([], ['a'], ['a'])).toBeNull()
    expect(approvalSentence([], ['a'], [])).toEqual({
      text: 'An approval is wanted of you in another conversation.',
      urgent: true,
    })
    expect(approvalSentence(['a'], ['a'], [])).toBeNull()
    expect(approvalSentence(['a'], ['a', 'b', 'c'], [])?.text).toContain('2 approvals')
    expect(approvalSentence(['a'], [], [])).toBeNull()
  })
})

describe('an answer of a thousand tokens', () => {
  const here = setUpClients()

  it('is heard as two sentences: that it began and that it is complete', async () => {
    const client = here.make()
    const remote = here.server.session('ses_a')
    const session = client.session('ses_a')
    const said: string[] = []
    let before: Heard | null = null
    let looks = 0
    const look = () => {
      looks += 1
      const { runId, status, error } = session.run()
      const known = session.head().status === 'ready'
      const now: Heard = { sessionId: 'ses_a', known, run: { runId, status }, error: error?.message ?? null }
      const sentence = runSentence(before, now)
      if (sentence) said.push(sentence.text)
      before = now
    }
    for (const topic of ['head', 'run'] as const) session.subscribe(topic, look)
    client.connect()
    await vi.waitFor(() => expect(session.head().status).toBe('ready'))
    await vi.waitFor(() => expect(client.connection.status().state).toBe('open'))
    look()

    remote.ask('run_a', 'What is wrong?')
    remote.append('run_a', { type: 'start', messageId: 'msg_run_a' }, { type: 'text-start', id: 't' })
    await vi.waitFor(() => expect(session.run().status).toBe('running'))
    for (let token = 0; token < 1_000; token++) {
      remote.append('run_a', { type: 'text-delta', id: 't', delta: `w${token} ` })
      if (token % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    remote.append('run_a', { type: 'text-end', id: 't' }, { type: 'finish' })
    remote.settle('run_a')
    await vi.waitFor(() => expect(session.run().status).toBe('completed'))
    await vi.waitFor(() => expect(session.head().activeRun).toBeNull())
    look()
    expect(said).toEqual(['An answer has begun.', 'The answer is complete.'])
    expect(looks).toBeLessThan(50)
    expect(session.messageIds()).toHaveLength(2)
  })
})
