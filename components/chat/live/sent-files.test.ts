import { expect, it } from 'vitest'
import type { Api } from '@/components/chat/live/api'
import { createPending } from '@/components/chat/live/pending'
import { send } from '@/components/chat/live/send'
import { type AttachedFile, attachedFile, filePartOf } from '@/lib/agent/attached'
import type { LongwatchMessage } from '@/lib/agent/events'

const file: AttachedFile = { id: 'att_1', name: 'a.log', mediaType: 'text/plain', kind: 'text', bytes: 7 }
const input = { organisationId: 'org', message: 'Look' }
const hooks = { onAccepted: () => {}, onFailed: () => {}, stopRun: async () => {} }

async function bodyOf(attachments?: AttachedFile[], replaces?: string): Promise<unknown> {
  const bodies: unknown[] = []
  const api = (async (_method: string, _path: string, options?: { body?: unknown }) => {
    bodies.push(options?.body)
    return { runId: 'run_1', sessionId: 'ses_1', status: 'running' }
  }) as Api
  await send(api, { ...input, attachments, ...(replaces ? { replaces } : {}) }, 'key', hooks)
  return bodies[0]
}

it('names files by their ids to the server, and nothing when there are none', async () => {
  expect(await bodyOf([file])).toEqual({ message: 'Look', orgId: 'org', attachments: ['att_1'] })
  expect(await bodyOf([])).toEqual({ message: 'Look', orgId: 'org' })
  expect(await bodyOf()).toEqual({ message: 'Look', orgId: 'org' })
})

it('says so when a question that replaces another has no files, for left out it would take them over', async () => {
  const rest = { message: 'Look', orgId: 'org', replaces: 'usr_1' }
  expect(await bodyOf([], 'usr_1')).toEqual({ ...rest, attachments: [] })
  expect(await bodyOf([file], 'usr_1')).toEqual({ ...rest, attachments: ['att_1'] })
  expect(await bodyOf(undefined, 'usr_1')).toEqual(rest)
})

it('shows files alone without a part for words, and knows them again by the files', () => {
  const stored = (id: string, ...files: AttachedFile[]): LongwatchMessage => ({
    id,
    role: 'user',
    metadata: { runId: 'run_1', createdAt: 1 },
    parts: files.map(filePartOf),
  })
  const pending = createPending()
  pending.begin('local_1', { text: '', files: [file] }, [])
  const source = pending.source('local_1')
  expect(source?.kind === 'stored' && source.message.parts.map(({ type }) => type)).toEqual(['file'])
  // Another tab's, sent at the same time.
  expect(pending.resolve(stored('usr_2', { ...file, id: 'att_2' }))).toBe(false)
  expect(pending.resolve(stored('usr_1', file))).toBe(true)
})

it('shows files with a message on its way, and in the queue', () => {
  const pending = createPending()
  pending.begin('local_1', { text: 'Look', files: [file] }, [])
  const source = pending.source('local_1')
  const parts = source?.kind === 'stored' ? source.message.parts : []
  expect(parts[0]).toEqual({ type: 'text', text: 'Look' })
  expect(parts[1] && attachedFile(parts[1])).toEqual(file)
  const queued = pending.accept('local_1', { runId: 'run_1', sessionId: 'ses_1', status: 'queued' })
  expect(queued).toEqual({ id: 'run_1', message: 'Look', attachments: [file] })
})
