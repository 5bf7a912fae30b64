import { describeStoreContract } from '@/lib/stores/contract-suite'
import { openRedisStore } from '@/lib/stores/redis/open'
import { startRedisServer } from '@/lib/stores/redis/redis-server'

describeStoreContract('redis over TCP', async () => {
  const server = await startRedisServer()
  const options = { url: server.url }
  const [first, second] = await Promise.all([openRedisStore(options), openRedisStore(options)])
  return {
    first,
    second,
    child: { module: '@/lib/stores/redis/open', open: 'openRedisStore', options },
    dispose: async () => {
      await Promise.all([first.close(), second.close()])
      await server.dispose()
    },
  }
})
