import { membershipIn } from '@/lib/access/memberships'
import { nameOf } from '@/lib/access/names'
import { promptTemplate } from '@/lib/access/prompts'
import type { Membership, Principal, Role, User } from '@/lib/access/types'
import { userOf } from '@/lib/access/users'
import { askStep, type ModelStep } from '@/lib/agent/model-phase'
import type { LoopPorts, PreparedStep, PrepareStep, StepPorts } from '@/lib/agent/ports'
import { stepPreparer } from '@/lib/agent/prepare-step'
import { emptyReplay } from '@/lib/agent/replay'
import { readSessionAttachment } from '@/lib/attachments/read'
import type { Services } from '@/lib/context'
import { mayUse } from '@/lib/mcp/policy'
import type { Catalogue } from '@/lib/mcp/types'
import type { AskedModel } from '@/lib/models/ask'
import { chooseOrDefault, type OrganisationModels } from '@/lib/models/types'
import { startedAtOf } from '@/lib/runs/collection'
import type { Run } from '@/lib/runs/types'
import { loadHistory } from '@/lib/sessions/history'
import type { Store } from '@/lib/stores/contract'
import { turnSent } from '@/lib/turns-of-the-loop'
import { budgetOf } from '@/lib/usage/budget'

/** What a run knows before its first step. */
export interface Opening {
  /** The person who asked; null for a token. */
  user: User | null
  askerName: string
  /** What its steps are prepared from. */
  step: StepPorts
  prepare: PrepareStep
}

/** The opening of a run that is being made, with its model asked as soon as it is known what. */
export interface NewOpening {
  ready: Promise<Opening>
  /** The run does not begin, or is over: what was asked for it and not taken is given up. */
  end(): void
}

/** What an opening needs of the store that hangs on nothing but who asks, and where. */
interface OpeningReads {
  models: Promise<OrganisationModels>
  rest: Promise<{ user: User | null; askerName: string; template: string | null }>
}

/** Who asks, where, and for what kind of run. */
export type Asker = Pick<Run, 'organisationId' | 'principal' | 'type'>

interface Asked {
  services: Services
  run: Run
  membership: Membership
}

export interface NewlyAsked extends Omit<Asked, 'services'> {
  /** The conversation begins with it. */
  isFirst: boolean
  /** Whether the model is asked before the run is stored. */
  asksModel: boolean
}

async function readRest({ store }: Services, { organisationId, principal, type }: Asker) {
  const [user, askerName, template] = await Promise.all([
    userOf(store, principal),
    nameOf(store, principal),
    promptTemplate(store, organisationId, type),
  ])
  return { user, askerName, template }
}

/** The opening of a run that this process takes up. Rejects with what the store throws, `unavailable` without a model. */
export async function readOpening(input: Asked): Promise<Opening> {
  const { services, run } = input
  const reads = { models: services.models.read(run.organisationId), rest: readRest(services, run) }
  const opening = await open(input, reads, loadHistory(services.store, run))
  return { ...opening, prepare: stepPreparer(opening.step) }
}

/** What a new run's opening needs, asked for before its commit is sent. */
export interface OpeningAhead extends OpeningReads {
  /** Of the organisation's tools. Which of them the asker may use is said by the membership. */
  catalogue: ReturnType<Services['tools']['catalogueAhead']>
}

/** What fails is told to who awaits it. */
export function askOpeningAhead(services: Services, asker: Asker): OpeningAhead {
  const models = services.models.read(asker.organisationId)
  const catalogue = services.tools.catalogueAhead(asker.organisationId)
  const rest = readRest(services, asker)
  for (const read of [models, rest]) read.catch(() => undefined)
  return { models, rest, catalogue }
}

/**
 * As `readOpening`, of a run whose commit was sent this moment, with its first step prepared and its model asked meanwhile.
 * A commit before which the conversation changed is refused, and the asker's budget was looked at by the request.
 */
export function openAhead(services: Services, input: NewlyAsked, ahead: OpeningAhead): NewOpening {
  let ended = false
  let asked: AskedModel | null = null
  const ready = prepareAhead({ ...input, services }, ahead, (step, prepared) => {
    if (ended || !input.asksModel) return null
    asked = askStep(step, prepared)
    return asked
  })
  // Who wants it is told; of a run that does not begin nobody does.
  ready.catch(() => undefined)
  const end = () => {
    ended = true
    asked?.abandon()
  }
  return { ready, end }
}

async function prepareAhead(
  input: Asked & Pick<NewlyAsked, 'isFirst'>,
  ahead: OpeningAhead,
  ask: (step: StepPorts, prepared: ModelStep) => AskedModel | null,
): Promise<Opening> {
  const { services, run, membership } = input
  const history = input.isFirst ? [] : loadHistory(services.store, run)
  const first = ahead.rest
    .then(({ user }) => ahead.catalogue(membership.organisation, user))
    .then((catalogue) => offered(catalogue, membership.role))
  first.catch(() => undefined)
  // Nothing of this holds up the commit.
  await turnSent()
  const opening = await open(input, ahead, history)
  const step: StepPorts = {
    ...opening.step,
    catalogue: answeredOnce(first, opening.step.catalogue),
    exhausted: answeredOnce(Promise.resolve(null), opening.step.exhausted),
  }
  const prepare = stepPreparer(step)
  // Its own files are the conversation's once the commit is applied.
  if (step.attachments.length > 0) return { ...opening, step, prepare }
  const asked = prepare(emptyReplay()).then((prepared): PreparedStep => {
    const asked = prepared.kind === 'model' ? ask(step, prepared) : null
    return prepared.kind === 'model' && asked ? { ...prepared, asked } : prepared
  })
  return { ...opening, step, prepare: answeredOnce(asked, prepare) }
}

async function open(
  { services, run, membership }: Asked,
  reads: OpeningReads,
  reading: LoopPorts['history'] | Promise<LoopPorts['history']>,
): Promise<Pick<Opening, 'user' | 'askerName' | 'step'>> {
  const { store } = services
  const { organisation } = membership
  const [models, { user, askerName, template }, history] = await Promise.all([reads.models, reads.rest, reading])
  const session = { id: run.sessionId, organisationId: organisation.id }
  const step: StepPorts = {
    model: chooseOrDefault(models, run.requestedModel),
    organisationName: organisation.name,
    promptTemplate: template,
    question: run.message,
    attachments: run.attachments ?? [],
    runType: run.type,
    history,
    limits: organisation.limits,
    startedAt: countedFrom(run),

    async exhausted() {
      const { state, message } = await budgetOf(store, organisation)
      return state === 'exhausted' ? message : null
    },

    async catalogue() {
      const asking = services.tools.catalogue(organisation, user)
      const [role, catalogue] = await Promise.all([roleNow(store, run), asking])
      return offered(catalogue, role)
    },

    onRetry: (info) => services.logger.warn({ runId: run.id, ...info }, 'the model failed and is called again'),

    async readAttachment(id, range) {
      return (await readSessionAttachment(store, session, id, range))?.bytes ?? null
    },
  }
  return { user, askerName, step }
}

/** The tools that the role may use. */
function offered(catalogue: Catalogue, role: Role | null): Catalogue & { role: Role | null } {
  if (!role) return { ...catalogue, tools: [], failures: [], role }
  return { ...catalogue, tools: catalogue.tools.filter((tool) => mayUse(tool, role)), role }
}

/** What it spent waiting for people does not count against its time. */
const countedFrom = ({ state, createdAt }: Run) =>
  (startedAtOf(state) ?? createdAt) + (state.status === 'running' ? (state.waited ?? 0) : 0)

/** The asker's role in the run's organisation as it is stored now; null: no member any more. */
export const roleNow = async (
  store: Store,
  { principal, organisationId }: { principal: Principal; organisationId: string },
): Promise<Role | null> => (await membershipIn(store, principal, organisationId))?.role ?? null

/** Gives what was asked for already to the first who asks, who also learns of its failure; from then on it asks. */
function answeredOnce<Given extends unknown[], T>(
  first: Promise<T>,
  ask: (...given: Given) => Promise<T>,
): (...given: Given) => Promise<T> {
  let ahead: Promise<T> | null = first
  first.catch(() => undefined)
  return (...given) => {
    const answer = ahead ?? ask(...given)
    ahead = null
    return answer
  }
}
