import { randomUUID } from 'node:crypto'
import { auditOperation } from '@/lib/access/audit'
import { chooseOrganisation, requireMembership } from '@/lib/access/memberships'
import type { Organisation, Role } from '@/lib/access/types'
import { userOf } from '@/lib/access/users'
import { MAX_PROMPT_BYTES, PROMPT_VARIABLES, unknownVariable } from '@/lib/agent/prompt-template'
import { DEFAULT_PROMPTS, FIXED_RULES, ownPrompt, type SystemPromptInput, systemPrompt } from '@/lib/agent/prompts'
import { countTokens } from '@/lib/agent/tokens'
import type { Ctx } from '@/lib/context'
import { badRequest, conflict } from '@/lib/errors'
import { listTools } from '@/lib/mcp/tools'
import { Collection } from '@/lib/stores/collection'
import type { Store } from '@/lib/stores/contract'

/** Null: the built-in one. */
export interface OwnPrompts {
  chat: string | null
  investigation: string | null
}

/** Of an organisation; a single document. */
export const promptSettings = new Collection<OwnPrompts>({ name: 'prompts', v: 1 })
const DOCUMENT = 'prompts'
const NONE: OwnPrompts = { chat: null, investigation: null }

/** The organisation's own prompt for a type of run, as it is now; null: the built-in one. */
export async function promptTemplate(
  store: Store,
  organisationId: string,
  type: keyof OwnPrompts,
): Promise<string | null> {
  return (await promptSettings.get(store, organisationId, DOCUMENT))?.body[type] ?? null
}

export interface PromptSettings extends OwnPrompts {
  defaults: Record<keyof OwnPrompts, string>
  /** What follows every prompt and cannot be replaced. */
  fixed: string
  variables: { name: string; meaning: string }[]
  maxBytes: number
  /** Changes with every change; 0 before the first. */
  version: number
}

/** The organisation's prompts. Throws `forbidden` for all but admins. */
export async function getPrompts(ctx: Ctx, input: { org?: string }): Promise<PromptSettings> {
  const { id } = await asAdmin(ctx, input.org)
  const found = await promptSettings.get(ctx.services.store, id, DOCUMENT)
  return {
    ...NONE,
    ...found?.body,
    defaults: DEFAULT_PROMPTS,
    fixed: FIXED_RULES,
    variables: Object.entries(PROMPT_VARIABLES).map(([name, meaning]) => ({ name, meaning })),
    maxBytes: MAX_PROMPT_BYTES,
    version: found?.version ?? 0,
  }
}

/**
 * Changes the prompts from the next run on; null goes back to the built-in one. Throws `bad_request` by field for one
 * that is empty, too large or names an unknown variable, `conflict` when somebody else changed them since `version`.
 */
export async function changePrompts(
  ctx: Ctx,
  input: { org?: string; version?: number } & Partial<OwnPrompts>,
): Promise<PromptSettings> {
  const { id } = await asAdmin(ctx, input.org)
  const { store } = ctx.services
  for (const type of ['chat', 'investigation'] as const) checkPrompt(type, input[type])
  for (;;) {
    const found = await promptSettings.get(store, id, DOCUMENT)
    const version = found?.version ?? 0
    if (input.version !== undefined && input.version !== version)
      throw conflict('Somebody else changed the prompts meanwhile.')
    const before = { ...NONE, ...found?.body }
    const after = {
      chat: input.chat === undefined ? before.chat : input.chat,
      investigation: input.investigation === undefined ? before.investigation : input.investigation,
    }
    if (after.chat === before.chat && after.investigation === before.investigation) return getPrompts(ctx, { org: id })
    const result = await store.commit({
      partition: id,
      operationId: randomUUID(),
      operations: [
        promptSettings.put(DOCUMENT, after, found ? { ifVersion: version } : { ifAbsent: true }),
        await auditOperation(ctx, {
          organisationId: id,
          action: 'prompts.update',
          target: { kind: 'prompts', id: DOCUMENT, name: 'Prompts' },
          before,
          after,
        }),
      ],
    })
    if (result.status === 'applied') return getPrompts(ctx, { org: id })
  }
}

export interface PromptPreview {
  /** All that the model would be told. */
  text: string
  /** How many of its characters are the replaceable beginning. */
  ownLength: number
  tokens: number
}

/**
 * What the model would be told in a run of this type that somebody of this role asked for now; of `template` when it is
 * given, else of what is stored. Throws as `changePrompts` does.
 */
export async function previewPrompt(
  ctx: Ctx,
  input: { org?: string; type: keyof OwnPrompts; role: Role; template?: string | null },
): Promise<PromptPreview> {
  const organisation = await asAdmin(ctx, input.org)
  const { store } = ctx.services
  checkPrompt('template', input.template)
  const template =
    input.template === undefined ? await promptTemplate(store, organisation.id, input.type) : input.template
  const { tools, failures } = await listTools(ctx, organisation, input.role, await userOf(store, ctx.principal))
  const prompt: SystemPromptInput = {
    organisation: organisation.name,
    now: new Date().toISOString(),
    role: input.role,
    tools: tools.map(({ name }) => name),
    failures,
    type: input.type,
    template,
  }
  const text = systemPrompt(prompt)
  return { text, ownLength: ownPrompt(prompt).length, tokens: await countTokens(text) }
}

async function asAdmin(ctx: Ctx, org: string | undefined): Promise<Organisation> {
  const { organisation } = await chooseOrganisation(ctx, org)
  return (await requireMembership(ctx, organisation.id, 'admin')).organisation
}

function checkPrompt(field: string, text: string | null | undefined): void {
  if (text === null || text === undefined) return
  if (text.trim() === '') throw badRequest(field, 'A prompt is not empty. Reset it to use the built-in one.')
  if (Buffer.byteLength(text) > MAX_PROMPT_BYTES)
    throw badRequest(field, `A prompt has at most ${MAX_PROMPT_BYTES} bytes.`)
  const unknown = unknownVariable(text)
  if (unknown)
    throw badRequest(
      field,
      `There is no variable {{${unknown}}}. There are: ${Object.keys(PROMPT_VARIABLES).join(', ')}.`,
    )
}
