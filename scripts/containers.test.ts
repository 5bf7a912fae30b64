import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readProvisioning } from '@/lib/access/provisioning/read'
import { ENVIRONMENT_VARIABLES } from '@/lib/env'

// No container engine is wanted here: these hold the files against each other and against the application.

interface Service {
  image?: string
  build?: string
  depends_on?: string[] | Record<string, unknown>
  volumes?: string[]
  environment?: Record<string, string>
  stop_grace_period?: string
}
const text = readFileSync('compose.yaml', 'utf8')
const compose = parse(text, { merge: true }) as { services: Record<string, Service>; volumes: Record<string, unknown> }
const example = new Set(
  readFileSync('compose.env.example', 'utf8')
    .split('\n')
    .flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []),
)
const ignored = readFileSync('.dockerignore', 'utf8').split('\n')

describe('compose.yaml', () => {
  it('names only services, volumes and files that are there', () => {
    for (const [name, service] of Object.entries(compose.services)) {
      const needed = Array.isArray(service.depends_on) ? service.depends_on : Object.keys(service.depends_on ?? {})
      for (const other of needed) expect(compose.services, `${name} needs ${other}`).toHaveProperty(other)
      for (const volume of service.volumes ?? []) {
        const source = volume.split(':')[0] ?? ''
        if (source.startsWith('./')) expect(existsSync(source), volume).toBe(true)
        else expect(Object.keys(compose.volumes), volume).toContain(source)
      }
    }
    for (const [, address] of readFileSync('provisioning/nginx.conf', 'utf8').matchAll(/server (\w+):3000/g))
      expect(compose.services).toHaveProperty(address as string)
  })

  it('asks for no variable that its example does not explain', () => {
    const asked = [...text.matchAll(/(?<!\$)\$\{([A-Z_]+)/g)].map(([, name]) => name as string)
    expect(asked.length).toBeGreaterThan(8)
    for (const name of asked) if (!['LISTEN', 'NEXTAUTH_URL'].includes(name)) expect([...example]).toContain(name)
  })

  it('gives the application variables that it reads, and time to hand over', () => {
    const { environment = {}, stop_grace_period: grace } = compose.services.one ?? {}
    const forProvisioning = ['ADMIN_EMAIL', 'ADMIN_PASSWORD', 'GRAFANA_TOKEN']
    for (const name of Object.keys(environment)) expect([...ENVIRONMENT_VARIABLES, ...forProvisioning]).toContain(name)
    expect(Number.parseInt(grace ?? '', 10)).toBeGreaterThan(20)
    expect(compose.services.two).toEqual(compose.services.one)
  })

  it('starts with a provisioning that the application takes', async () => {
    const variables: Record<string, string> = {
      ADMIN_EMAIL: 'a@example.com',
      ADMIN_PASSWORD: 'long enough',
      GRAFANA_TOKEN: '',
    }
    const { organisations } = await readProvisioning('provisioning/compose', (name) => variables[name])
    expect(organisations.map(({ slug }) => slug)).toEqual(['main', 'second'])
    expect(JSON.stringify(organisations)).toContain('http://mcp-grafana:8000/mcp')
  })
})

describe('the Dockerfile', () => {
  const steps = readFileSync('Dockerfile', 'utf8')
  it('copies what there is, runs without rights, and is checked for life', () => {
    for (const [, files] of steps.matchAll(/^COPY (?!--from)(.+) \.\/$/gm))
      for (const file of (files as string).split(' ')) {
        expect(existsSync(file), file).toBe(true)
        expect(ignored).not.toContain(file)
      }
    expect(steps).toMatch(/^USER node$/m)
    expect(steps).toMatch(/^HEALTHCHECK/m)
    expect(steps).toContain('CMD ["node", "server.mjs"]')
    expect(steps).toContain('node scripts/share-chunks.mjs .next/standalone/.next')
    // The standalone output lacks both of these.
    expect(steps).toContain('.next/static')
    expect(steps).toContain('/app/public')
  })

  it('leaves nothing out that the build reads', () => {
    for (const entry of [
      'app',
      'components',
      'lib',
      'public',
      'scripts',
      'next.config.mjs',
      'middleware.ts',
      'tsconfig.json',
    ])
      expect(ignored).not.toContain(entry)
    expect(existsSync(join('public', 'icon.svg'))).toBe(true)
  })
})
