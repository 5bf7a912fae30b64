import type { Services } from '@/lib/context'

interface Dependency {
  status: 'up' | 'down'
  message?: string
}

export interface Readiness {
  status: 'ready' | 'not_ready'
  dependencies: Record<string, Dependency>
}

const PATIENCE = 3000

/** Asks every dependency at once; one that does not answer in three seconds is down. */
export async function checkReadiness(services: Pick<Services, 'store' | 'supervisor' | 'logger'>): Promise<Readiness> {
  const checks: Record<string, () => Promise<void>> = {
    store: () => services.store.ping(),
    runs: async () => {
      if (!services.supervisor.accepts()) throw new Error('This process is about to end and takes no new runs.')
    },
  }
  const entries = await Promise.all(
    Object.entries(checks).map(async ([name, check]): Promise<[string, Dependency]> => {
      try {
        await withPatience(check())
        return [name, { status: 'up' }]
      } catch (error) {
        services.logger.warn({ err: error, dependency: name }, 'Not ready')
        return [name, { status: 'down', message: name === 'runs' ? 'No new runs are taken.' : 'It does not answer.' }]
      }
    }),
  )
  return {
    status: entries.every(([, { status }]) => status === 'up') ? 'ready' : 'not_ready',
    dependencies: Object.fromEntries(entries),
  }
}

async function withPatience(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('Timed out')), PATIENCE)
  })
  try {
    await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}
