import type { RunSupervisor } from '@/lib/runs/types'

/** From now on the process executes nothing, as if it had died; calling the answer wakes it. */
export function asleep(supervisor: RunSupervisor): () => void {
  const { execute, claim } = supervisor
  supervisor.execute = () => {}
  supervisor.claim = () => null
  return () => {
    supervisor.execute = execute
    supervisor.claim = claim
  }
}
