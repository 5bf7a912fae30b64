import { expect, it } from 'vitest'
import type { Api } from '@/components/chat/live/api'
import { createPending } from '@/components/chat/live/pending'
import { send } from '@/components/chat/live/send'
import { type AttachedFile, attachedFile } from '@/lib/agent/attached'

const file: AttachedFile = { id: 'att_1', name: 'a.log', mediaType: 'text/plain', kind: 'text', bytes: 7 }
const input = { organisationId: 'org', message: 'Look' }
const hooks = { onAccepted: () => {}, onFailed: () => {}, stopRun: async () => {} }

async function bodyOf(attachments?: AttachedFile[]): Promise<unknown> {
  const bodies: unknown[] = []
  const api = (async (_method: string, _path: string, options?: { body?: unknown }) => {
    bodies.push(options?.body)
    return { runId: 'run_1', sessionId: 'ses_1', status: 'running' }
  }) as Api
  await send(api, { ...input, attachments }, 'key', hooks)
  return bodies[0]
}

it('names files by their ids to the server, and nothing when there are none', async () => {
  expect(await bodyOf([file])).toEqual({ message: 'Look', orgId: 'org', attachments: ['att_1'] })
  expect(await bodyOf([])).toEqual({ message: 'Look', orgId: 'org' })
  expect(await bodyOf()).toEqual({ message: 'Look', orgId: 'org' })
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
