import { createClient } from 'redis'

async function connected() {
  const client = createClient({ url: process.env.REDIS_URL })
  // Without a listener the client does not outlive an error; with one it connects again by itself.
  client.on('error', () => {})
  await client.connect()
  return client
}

export type Client = Awaited<ReturnType<typeof connected>>

const clients = new Map<string, Promise<Client>>()

/** The process's client of a name, connected. */
export function client(name: 'chats' | 'publisher' | 'subscriber'): Promise<Client> {
  const known = clients.get(name) ?? connected()
  clients.set(name, known)
  return known
}
