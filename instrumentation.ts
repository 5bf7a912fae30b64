/** Runs once, before the first request: a wrong environment stops the start instead of failing the first visitor. */
export async function register(): Promise<void> {
  // A build has no environment to serve with, and must leave no data behind.
  if (process.env.NEXT_PHASE === 'phase-production-build') return
  if (process.env.NEXT_RUNTIME === 'nodejs') await (await import('@/lib/start')).start()
}
