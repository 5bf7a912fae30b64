import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listAudit } from '@/lib/access/audit'
import { changeGeneralSettings, getGeneralSettings } from '@/lib/access/general-settings'
import { DEFAULT_LIMITS } from '@/lib/access/organisations'
import { applyProvisioning } from '@/lib/access/provisioning/apply'
import { provisioningFile } from '@/lib/access/provisioning/schema'
import { makeWorld, type World } from '@/lib/access/testing/world'
import type { Ctx } from '@/lib/context'
import { createSecretBox } from '@/lib/secrets/secret-box'

let world: World
let admin: Ctx
let editor: Ctx
let id: string
beforeAll(async () => {
  world = await makeWorld()
  const [ada, eddie] = await Promise.all([world.user('ada@acme.test'), world.user('eddie@acme.test')])
  id = (await world.organisation('acme', { [ada]: 'admin', [eddie]: 'editor' })).id
  const as = (userId: string): Ctx => ({
    services: world.services,
    principal: { kind: 'user', id: userId },
    requestId: 'test',
    origin: { address: '192.0.2.7', requestId: 'test' },
  })
  admin = as(ada)
  editor = as(eddie)
})
afterAll(() => world.end())

const provision = (organisation: object | null) =>
  applyProvisioning(
    { store: world.store, env: world.env, secrets: createSecretBox(world.env.secretKeys) },
    provisioningFile.parse({ organisations: organisation ? [organisation] : [] }),
  )

describe('the general settings', () => {
  it('are an administrator’s', async () => {
    await expect(getGeneralSettings(editor, {})).rejects.toMatchObject({ code: 'forbidden' })
    await expect(changeGeneralSettings(editor, { name: 'Mine' })).rejects.toMatchObject({ code: 'forbidden' })
    expect(await getGeneralSettings(admin, {})).toMatchObject({ slug: 'acme', limits: DEFAULT_LIMITS, managed: [] })
  })

  it('change only what is named, and say in the audit log what that was', async () => {
    const before = await getGeneralSettings(admin, {})
    const after = await changeGeneralSettings(admin, { name: 'Acme Shop', limits: { logDays: 7, sessionDays: 90 } })
    expect(after).toMatchObject({ name: 'Acme Shop', limits: { ...DEFAULT_LIMITS, logDays: 7, sessionDays: 90 } })
    const { records } = await listAudit(admin, { organisationId: id, limit: 10, action: 'organisation.update' })
    expect(records).toMatchObject([
      {
        before: { name: before.name, 'limits.logDays': 30, 'limits.sessionDays': null },
        after: { name: 'Acme Shop', 'limits.logDays': 7, 'limits.sessionDays': 90 },
        origin: { address: '192.0.2.7' },
      },
    ])
    await changeGeneralSettings(admin, { name: 'Acme Shop' })
    expect((await listAudit(admin, { organisationId: id, limit: 10 })).records).toHaveLength(1)
  })

  it('refuse a change that was made from an older state; of two at once from one state one is refused', async () => {
    const { version } = await getGeneralSettings(admin, {})
    const results = await Promise.allSettled([
      changeGeneralSettings(admin, { version, limits: { stepsPerRun: 11 } }),
      changeGeneralSettings(admin, { version, limits: { minutesPerRun: 12 } }),
    ])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    await changeGeneralSettings(admin, { limits: { stepsPerRun: 11 } })
    await changeGeneralSettings(admin, { limits: { minutesPerRun: 12 } })
    expect((await getGeneralSettings(admin, {})).limits).toMatchObject({ stepsPerRun: 11, minutesPerRun: 12 })
  })

  it('leave to the provisioning file what it names, and only that', async () => {
    await provision({ slug: 'acme', name: 'Acme by file', limits: { stepsPerRun: 5 } })
    const found = await getGeneralSettings(admin, {})
    expect(found.managed).toEqual(['name', 'limits.stepsPerRun'])
    expect(found).toMatchObject({ name: 'Acme by file', limits: { stepsPerRun: 5, minutesPerRun: 12, logDays: 7 } })
    await expect(changeGeneralSettings(admin, { name: 'Other' })).rejects.toMatchObject({
      code: 'conflict',
      field: 'name',
      message: expect.stringContaining('provisioning file'),
    })
    await expect(changeGeneralSettings(admin, { limits: { stepsPerRun: 6, logDays: 8 } })).rejects.toMatchObject({
      field: 'limits.stepsPerRun',
    })
    const same = { name: 'Acme by file', limits: { stepsPerRun: 5, evidenceDays: 3 } }
    expect((await changeGeneralSettings(admin, same)).limits.evidenceDays).toBe(3)
    await provision({ slug: 'acme', name: 'Acme by file', limits: { stepsPerRun: 5 } })
    expect((await getGeneralSettings(admin, {})).limits.evidenceDays).toBe(3)
  })

  it('have what the file names no more as if it had never said it, and all of it when the file goes', async () => {
    await provision({ slug: 'acme', name: 'Acme by file', externalId: '7', limits: { logDays: 99 } })
    expect((await getGeneralSettings(admin, {})).limits).toMatchObject({ stepsPerRun: 50, logDays: 99 })
    await provision({ slug: 'acme', name: 'Acme by file' })
    expect(await getGeneralSettings(admin, {})).toMatchObject({ externalId: null, limits: { logDays: 30 } })
    await provision(null)
    expect(await changeGeneralSettings(admin, { name: 'Free' })).toMatchObject({ name: 'Free', managed: [] })
  })
})
