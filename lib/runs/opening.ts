import { membershipIn } from '@/lib/access/memberships'
import { nameOf } from '@/lib/access/names'
import { promptTemplate } from '@/lib/access/prompts'
import type { Membership, Role, User } from '@/lib/access/types'
import { userOf } from '@/lib/access/users'
import type { LoopPorts } from '@/lib/agent/ports'
import type { Services } from '@/lib/context'
import { mayUse } from '@/lib/mcp/policy'
import type { Run } from '@/lib/runs/types'
import { loadHistory } from '@/lib/sessions/history'
import type { Store } from '@/lib/stores/contract'
import { budgetOf } from '@/lib/usage/budget'

/** What every step asks for before it asks the model. */
export type OfferPorts = Pick<LoopPorts, 'catalogue' | 'exhausted'>

/** What a run needs to know before its first step. */
export interface Opening {
  /** The conversation so far. */
  history: LoopPorts['history']
  /** The person who asked; null for a token. */
  user: User | null
  askerName: string
  promptTemplate: LoopPorts['promptTemplate']
  offer: OfferPorts
}

interface Asked {
  services: Services
  run: Run
  membership: Membership
  /** Its session has no earlier messages. */
  isFirst: boolean
}

/** Reads it side by side. Rejects with what the store throws. */
export async function readOpening(input: Asked): Promise<Opening> {
  const [{ user, offer }, rest] = await Promise.all([readOffer(input), readRest(input)])
  return { ...rest, user, offer }
}

/**
 * As `readOpening`, with the first step's tools asked for as well: of a run whose commit is on its way, while that is. A
 * commit before which the conversation changed is refused, and the asker's budget was looked at by the request.
 */
export async function readOpeningAhead(input: Asked): Promise<Opening> {
  const asking = readOffer(input).then(({ user, offer }) => {
    const catalogue = answeredOnce(offer.catalogue(), offer.catalogue)
    return { user, offer: { catalogue, exhausted: answeredOnce(Promise.resolve(null), offer.exhausted) } }
  })
  const [{ user, offer }, rest] = await Promise.all([asking, readRest(input)])
  return { ...rest, user, offer }
}

async function readOffer(input: Asked): Promise<Pick<Opening, 'user' | 'offer'>> {
  const user = await userOf(input.services.store, input.run.principal)
  return { user, offer: createOffer(input, user) }
}

async function readRest({ services, run, isFirst }: Asked): Promise<Omit<Opening, 'user' | 'offer'>> {
  const { store } = services
  const [askerName, template, history] = await Promise.all([
    nameOf(store, run.principal),
    promptTemplate(store, run.organisationId, run.type),
    isFirst ? [] : loadHistory(store, run),
  ])
  return { askerName, promptTemplate: template, history }
}

/** The tools that the asker may use, by the role as it is now, and whether the month's budget is used up. */
function createOffer({ services, run, membership }: Asked, user: User | null): OfferPorts {
  const { store, tools } = services
  const { organisation } = membership
  return {
    async exhausted() {
      const { state, message } = await budgetOf(store, organisation)
      return state === 'exhausted' ? message : null
    },

    async catalogue() {
      const [role, catalogue] = await Promise.all([roleNow(store, run), tools.catalogue(organisation, user)])
      if (!role) return { ...catalogue, tools: [], failures: [], role }
      return { ...catalogue, tools: catalogue.tools.filter((tool) => mayUse(tool, role)), role }
    },
  }
}

/** The asker's role in the run's organisation as it is stored now; null: no member any more. */
export const roleNow = async (store: Store, { principal, organisationId }: Run): Promise<Role | null> =>
  (await membershipIn(store, principal, organisationId))?.role ?? null

/** Gives what was asked for already to the first who asks, who also learns of its failure; from then on it asks. */
function answeredOnce<T>(first: Promise<T>, ask: () => Promise<T>): () => Promise<T> {
  let ahead: Promise<T> | null = first
  first.catch(() => undefined)
  return () => {
    const answer = ahead ?? ask()
    ahead = null
    return answer
  }
}
