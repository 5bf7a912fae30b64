import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AuditRecord, auditRecords } from '@/lib/access/audit-collection'
import { difference } from '@/lib/access/audit-difference'
import { csvCell, exportAudit } from '@/lib/access/export-audit'
import { type AuditFilter, listAudit } from '@/lib/access/list-audit'
import { putMember, removeMember } from '@/lib/access/organisations'
import { makeWorld, type World } from '@/lib/access/testing/world'
import type { Ctx } from '@/lib/context'
import { newResourceId } from '@/lib/ids'

const START = Date.UTC(2026, 10, 25)
const COUNT = 2_600

let world: World
let organisationId: string
let ada: string
let admin: Ctx
beforeAll(async () => {
  world = await makeWorld()
  ada = await world.user('ada@acme.test')
  organisationId = (await world.organisation('acme', { [ada]: 'admin' })).id
  admin = { services: world.services, principal: { kind: 'user', id: ada }, requestId: 'test' }
  const records = Array.from(
    { length: COUNT },
    (_, n): AuditRecord => ({
      id: newResourceId('aud', organisationId),
      at: START + n * 1_000,
      actor: n % 2 ? { key: 'user:a', name: 'Ada' } : { key: 'user:e', name: 'Eddie' },
      action: ['tool.call', 'tools.review', 'tool.refuse', 'member.remove'][n % 4] as string,
      target: { kind: 'thing', id: n === 3 ? 'the-oldest' : `thing-${n % 10}`, name: '=HYPERLINK("http://evil.test")' },
      origin: null,
      before: null,
      after: { n },
    }),
  )
  for (let from = 0; from < COUNT; from += 200) {
    await world.store.commit({
      partition: organisationId,
      operationId: randomUUID(),
      operations: records.slice(from, from + 200).map((record) => auditRecords.put(record.id, record)),
    })
  }
})
afterAll(() => world.end())

/** All pages of a filter, and how many there were. */
async function all(filter: AuditFilter, limit = 100) {
  const found: AuditRecord[] = []
  let cursor: string | undefined
  let pages = 0
  do {
    const page = await listAudit(admin, { organisationId, ...filter, cursor, limit })
    expect(page.records.length).toBeLessThanOrEqual(limit)
    found.push(...page.records)
    cursor = page.nextCursor ?? undefined
    pages += 1
  } while (cursor)
  return { found, pages, numbers: found.map(({ after }) => (after as { n: number }).n) }
}

const wanted = (test: (n: number) => boolean) => Array.from({ length: COUNT }, (_, n) => COUNT - 1 - n).filter(test)

describe('the audit log', () => {
  it('is filtered by action or entity, actor, target and time, in every combination, each record once', async () => {
    expect((await all({})).numbers).toEqual(wanted(() => true))
    expect((await all({ action: 'tool.call' })).numbers).toEqual(wanted((n) => n % 4 === 0))
    expect((await all({ action: 'tool' })).numbers).toEqual(wanted((n) => n % 2 === 0 && n % 4 !== 1))
    expect((await all({ actor: 'user:a', action: 'tools' })).numbers).toEqual(wanted((n) => n % 4 === 1))
    expect((await all({ target: 'thing-5', actor: 'user:e' })).numbers).toEqual([])
    const [from, to] = [START + 10_000, START + 20_000]
    expect((await all({ from, to }, 3)).numbers).toEqual(wanted((n) => n >= 10 && n <= 20))
    expect((await all({ from, to, action: 'member.remove' }, 1)).numbers).toEqual([19, 15, 11])
    expect((await all({ to: START - 1 })).numbers).toEqual([])
  })

  it('looks at a bounded number of records for a page: what is far down comes with a later one', async () => {
    const first = await listAudit(admin, {
      organisationId,
      action: 'member',
      from: START,
      to: START + 3_500,
      limit: 10,
    })
    expect(first.records).toHaveLength(1)
    const { pages, numbers } = await all({ action: 'nothing' })
    expect(pages).toBeGreaterThan(1)
    expect(numbers).toEqual([])
  })

  it('is exported whole as CSV in which nothing is a formula', async () => {
    const pieces: string[] = []
    for await (const piece of exportAudit(admin, { organisationId })) pieces.push(piece)
    expect(pieces.length).toBeGreaterThan(3)
    const lines = pieces.join('').split('\r\n')
    expect(lines[0]).toBe('time,actor,actor id,action,target kind,target,target id,address,request,before,after')
    expect(lines).toHaveLength(COUNT + 2)
    expect(lines[1]).toBe(
      '"2026-11-25T00:43:19.000Z","Ada","user:a","member.remove","thing","\'=HYPERLINK(""http://evil.test"")","thing-9","","","","{""n"":2599}"',
    )
    for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '＝1']) expect(csvCell(text)).toBe(`"'${text}"`)
    expect(csvCell('a "b", c\nd')).toBe('"a ""b"", c\nd"')
  })

  it('breaks an export off when the role is taken away meanwhile', async () => {
    const other = await world.user('bob@acme.test')
    await putMember(world.store, organisationId, { userId: other, role: 'admin' })
    const export_ = exportAudit({ ...admin, principal: { kind: 'user', id: other } }, { organisationId })
    expect((await export_.next()).done).toBe(false)
    await removeMember(world.store, organisationId, other)
    await expect(export_.next()).rejects.toMatchObject({ code: 'not_found' })
  })
})

it('a difference names what changed, field by field', () => {
  expect(difference({ a: 1, b: { c: 'x', d: [1] }, e: null }, { a: 1, b: { c: 'y', d: [1, 2] }, e: true })).toEqual([
    { path: 'b.c', before: 'x', after: 'y' },
    { path: 'b.d', before: '[1]', after: '[1,2]' },
    { path: 'e', before: 'null', after: 'true' },
  ])
  expect(difference(null, { name: 'new', empty: {} })).toEqual([
    { path: 'name', before: undefined, after: 'new' },
    { path: 'empty', before: undefined, after: '{}' },
  ])
  expect(difference(null, null)).toEqual([])
})
