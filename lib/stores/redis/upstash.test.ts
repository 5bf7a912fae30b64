import { describeStoreContract } from '@/lib/stores/contract-suite'
import { openUpstashStore } from '@/lib/stores/redis/open'
import { startRedisServer } from '@/lib/stores/redis/redis-server'
import { startUpstashRestServer } from '@/lib/stores/redis/upstash-rest-server'

describeStoreContract('redis over REST', async () => {
  const redis = await startRedisServer()
  const rest = await startUpstashRestServer(redis.url)
  const options = { url: rest.url, token: rest.token }
  const [first, second] = await Promise.all([openUpstashStore(options), openUpstashStore(options)])
  return {
    first,
    second,
    child: { module: '@/lib/stores/redis/open', open: 'openUpstashStore', options },
    dispose: async () => {
      await Promise.all([first.close(), second.close()])
      await rest.dispose()
      await redis.dispose()
    },
  }
})
