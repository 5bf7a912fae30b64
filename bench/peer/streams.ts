import { after } from 'next/server'
import { createResumableStreamContext, type ResumableStreamContext } from 'resumable-stream'
import { client } from './redis.ts'

let shared: Promise<ResumableStreamContext> | undefined

async function create(): Promise<ResumableStreamContext> {
  const [publisher, subscriber] = await Promise.all([client('publisher'), client('subscriber')])
  return createResumableStreamContext({ waitUntil: after, publisher, subscriber })
}

/**
 * One context for the process, as in resumable-stream's README, over Redis clients of our own, as it allows: they survive
 * the loss of a connection. `PEER_WIRING=guide` does as the AI SDK's guide has it: a context in each handler, which opens
 * two connections per request and closes none.
 */
export async function streamContext(): Promise<ResumableStreamContext> {
  if (process.env.PEER_WIRING === 'guide') return createResumableStreamContext({ waitUntil: after })
  shared ??= create()
  return shared
}
