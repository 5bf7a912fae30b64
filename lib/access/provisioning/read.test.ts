import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ProvisioningError, readProvisioning } from '@/lib/access/provisioning/read'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longwatch-provisioning-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function file(name: string, text: string) {
  await writeFile(join(folder, name), text)
  return join(folder, name)
}

async function problemsOf(place: string, variables: Record<string, string> = {}): Promise<string[]> {
  try {
    await readProvisioning(place, (name) => variables[name])
  } catch (error) {
    if (error instanceof ProvisioningError) return error.problems.map(({ line, message }) => `${line} ${message}`)
    throw error
  }
  return []
}

describe('a provisioning file', () => {
  it('is read with variables and durations, and templates are left alone', async () => {
    const place = await file(
      'all.yaml',
      `users:
  - { email: ada@acme.test, name: Ada, password: "\${ADA_PASSWORD}" }
organisations:
  - slug: acme
    name: Acme
    externalId: "1"
    members: [{ email: Ada@acme.test, role: admin }]
    tokens: [{ name: ci, role: editor, value: "\${CI_TOKEN}" }]
    model: { provider: openai-compatible, baseUrl: http://127.0.0.1:11434/v1, model: qwen3, contextTokens: 32000 }
    mcpServers:
      - name: grafana
        transport: streamable-http
        url: http://127.0.0.1:8000/mcp
        headers: { X-Grafana-Org-Id: "{{org.externalId}}" }
        timeouts: { dial: 10s, call: 2m, list: 500ms }
        reviewed: true
        policy: { viewer: { read: auto, write: hidden, destructive: hidden } }
        tools: { delete_dashboard: { risk: destructive, policy: { admin: ask } } }
    dataSources:
      - { type: prometheus, name: prod, url: http://127.0.0.1:9090 }
`,
    )
    const variables: Record<string, string> = { ADA_PASSWORD: 'a: {password}', CI_TOKEN: `lw_${'c'.repeat(32)}` }
    const { users, organisations } = await readProvisioning(place, (name) => variables[name])
    expect(users[0]?.password).toBe('a: {password}')
    expect(organisations[0]?.mcpServers[0]).toMatchObject({
      headers: { 'X-Grafana-Org-Id': '{{org.externalId}}' },
      timeouts: { dial: 10_000, call: 120_000, list: 500 },
    })
  })

  it('is refused with the line of everything that is wrong, and without values', async () => {
    const place = await file(
      'wrong.yaml',
      `users:
  - email: nobody
    name: Ada
    password: short
organisations:
  - slug: Not A Slug
    name: Acme
    colour: blue
    members:
      - email: ada@acme.test
        role: owner
    tokens:
      - name: ci
        role: editor
        value: sk-secret
    mcpServers:
      - name: one
        transport: streamable-http
    dataSources:
      - type: prometheus
        name: prod
        url: file:///etc/passwd
`,
    )
    const problems = await problemsOf(place)
    const lines = problems.map((problem) => Number(problem.split(' ')[0]))
    expect(lines.sort((a, b) => a - b)).toEqual([2, 4, 6, 8, 11, 15, 17, 22])
    expect(problems.join('\n')).not.toMatch(/sk-secret|short|etc.passwd/)
  })

  it('is refused for a variable that the environment lacks, on its line', async () => {
    const place = await file('variables.yaml', `users:\n  - email: ada@acme.test\n    name: "\${NAME}"\n`)
    expect(await problemsOf(place)).toEqual(['3 the environment has no variable NAME'])
  })

  it('is refused when it is not YAML, on the line where it stops to be', async () => {
    const place = await file('broken.yaml', 'users:\n  - email: "ada\n')
    expect((await problemsOf(place))[0]).toMatch(/^[23] /)
    expect(await problemsOf(join(folder, 'absent.yaml'))).toEqual(['0 there is no such file or folder'])
  })

  it('may be a folder, across which names stay unique and members may be users of another file', async () => {
    await file('1-users.yaml', 'users: [{ email: ada@acme.test, name: Ada }]\n')
    await file(
      '2-acme.yml',
      'organisations:\n  - { slug: acme, name: A, members: [{ email: ada@acme.test, role: admin }] }\n',
    )
    await file('notes.txt', 'not: [yaml')
    expect((await readProvisioning(folder, () => undefined)).organisations).toHaveLength(1)
    await file(
      '3-again.yaml',
      'organisations:\n\n  - { slug: acme, name: B, members: [{ email: bob@acme.test, role: admin }] }\n',
    )
    expect(await problemsOf(folder)).toEqual([
      '3 organisations[0].slug: this organisation is named twice',
      '3 organisations[0].members[0].email: no user of this address under users',
    ])
  })

  it('may be empty', async () => {
    expect(await readProvisioning(await file('empty.yaml', '# nothing\n'), () => undefined)).toEqual({
      users: [],
      organisations: [],
    })
  })
})
