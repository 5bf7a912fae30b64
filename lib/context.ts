import type { Logger } from 'pino'
import type { Principal } from '@/lib/access/types'
import type { ToolHub } from '@/lib/mcp/types'
import type { ModelResolver } from '@/lib/models/types'
import type { RunSupervisor } from '@/lib/runs/types'
import type { Store } from '@/lib/stores/contract'

/** What the composition root (`lib/composition.ts`) wires, once per process. */
export interface Services {
  store: Store
  tools: ToolHub
  models: ModelResolver
  supervisor: RunSupervisor
  logger: Logger
}

/** The first argument of every verb: who acts, and with what. */
export interface Ctx {
  services: Services
  principal: Principal
  requestId: string
}
