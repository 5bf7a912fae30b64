import type { Logger } from 'pino'
import type { Principal } from '@/lib/access/types'
import type { ToolHub } from '@/lib/mcp/types'
import type { ModelResolver } from '@/lib/models/types'
import type { OutboundGuard } from '@/lib/network/guard'
import type { Tails } from '@/lib/runs/tail'
import type { RunSupervisor } from '@/lib/runs/types'
import type { SecretBox } from '@/lib/secrets'
import type { ActiveFolds } from '@/lib/sessions/active-fold'
import type { MessageTexts } from '@/lib/sessions/message-texts'
import type { Store } from '@/lib/stores/contract'

/** What the composition root (`lib/composition.ts`) wires, once per process. */
export interface Services {
  store: Store
  /** Seals what is written, opens what is used. */
  secrets: SecretBox
  /** Every call to an address that is not our own goes through it. */
  outbound: OutboundGuard
  tools: ToolHub
  models: ModelResolver
  supervisor: RunSupervisor
  /** The logs that are watched in this process. */
  tails: Tails
  activeFolds: ActiveFolds
  messageTexts: MessageTexts
  /** Aborts when open event streams shall move to another process. */
  streams: {
    signal: AbortSignal
    /** The platform ends requests: streams close before, to be taken up again by cursor. */
    lifetimeMilliseconds?: number
  }
  logger: Logger
}

/** Where a request came from, for the audit log. */
export interface Origin {
  /** The client's network address, as the nearest proxy saw it. */
  address: string
  requestId: string
}

/** The first argument of every verb: who acts, and with what. */
export interface Ctx {
  services: Services
  principal: Principal
  requestId: string
  /** Missing for what no request did. */
  origin?: Origin
}
