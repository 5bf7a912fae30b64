/** Runs once, before the first request: a wrong environment stops the start instead of failing the first visitor. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME === 'nodejs') await (await import('@/lib/start')).start()
}
