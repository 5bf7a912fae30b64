import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Provisioned {
  file: string
  /** Bearer tokens of API principals in the one organisation. */
  tokens: string[]
}

/** Writes the provisioning file of the organisation that chaos happens to. */
export function provision(folder: string, upstreamPort: number, tokens: number): Provisioned {
  const values = Array.from({ length: tokens }, () => `lw_${randomBytes(24).toString('hex')}`)
  const every = { read: 'auto', write: 'auto', destructive: 'auto' }
  const content = {
    organisations: [
      {
        slug: 'chaos',
        name: 'Chaos',
        tokens: values.map((value, index) => ({ name: `client ${index + 1}`, role: 'editor', value })),
        model: {
          provider: 'openai-compatible',
          baseUrl: `http://127.0.0.1:${upstreamPort}/v1`,
          model: 'scripted',
          contextTokens: 200_000,
        },
        mcpServers: [
          {
            name: 'chaos',
            transport: 'streamable-http',
            url: `http://127.0.0.1:${upstreamPort}/mcp`,
            timeouts: { dial: '5s', list: '5s', call: '15s' },
            reviewed: true,
            policy: { viewer: every, editor: every, admin: every },
          },
        ],
      },
    ],
  }
  const file = join(folder, 'provisioning.yaml')
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(content, null, 2), { mode: 0o600 })
  return { file, tokens: values }
}
