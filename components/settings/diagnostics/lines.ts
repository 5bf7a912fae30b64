import type { ClockCheck, StreamCheck } from '@/components/settings/diagnostics/checks'
import type { Diagnostics, ModelCheck } from '@/lib/telemetry/diagnose'

export interface Line {
  name: string
  tone: 'ok' | 'warn' | 'danger' | 'neutral'
  /** One word for it. */
  state: string
  detail: string
}

const STORES = { sqlite: 'SQLite', redis: 'Redis', upstash: 'Upstash (Redis over REST)' }
/** What people notice in times that are shown. */
const CLOCK_TOLERANCE = 5_000

/** Each finding as one line, for the page and for the copy. */
export function storeLine({ store }: Diagnostics): Line {
  return {
    name: 'Store',
    tone: store.milliseconds < 250 ? 'ok' : 'warn',
    state: store.milliseconds < 250 ? 'up' : 'slow',
    detail: `${STORES[store.kind]}, ${store.milliseconds} ms`,
  }
}

export function sealingLine({ sealing: { secrets, old, unopenable } }: Diagnostics): Line {
  const name = 'Sealing key'
  const many = `${secrets} stored ${secrets === 1 ? 'secret' : 'secrets'}`
  if (unopenable.length > 0)
    return { name, tone: 'danger', state: 'wrong key', detail: `Cannot be opened: ${unopenable.join(', ')}.` }
  if (old > 0)
    return { name, tone: 'warn', state: 'old key', detail: `${many}, ${old} under an older key: npm run rotate-key.` }
  if (secrets === 0) return { name, tone: 'ok', state: 'in order', detail: 'No secrets are stored' }
  return { name, tone: 'ok', state: 'opens all', detail: `${many}, all under the newest key` }
}

export function clockLine({ aheadMilliseconds, withinMilliseconds }: ClockCheck): Line {
  const apart = Math.abs(aheadMilliseconds)
  const fine = apart - withinMilliseconds < CLOCK_TOLERANCE
  const seconds = (apart / 1000).toFixed(1)
  return {
    name: 'Clock',
    tone: fine ? 'ok' : 'warn',
    state: fine ? 'agrees' : 'apart',
    detail: fine
      ? 'This browser’s and the server’s agree'
      : `This browser is ${seconds} s ${aheadMilliseconds > 0 ? 'ahead of' : 'behind'} the server`,
  }
}

export function streamLine(check: StreamCheck): Line {
  const name = 'Streaming to this browser'
  switch (check.status) {
    case 'live':
      return { name, tone: 'ok', state: 'live', detail: `First event after ${check.firstMilliseconds} ms` }
    case 'buffered':
      return {
        name,
        tone: 'danger',
        state: 'held back',
        detail: 'A proxy on the way collects events: answers come in one piece. Turn its buffering off.',
      }
    case 'failed':
      return { name, tone: 'danger', state: 'failed', detail: check.message }
  }
}

export function modelLine(check: ModelCheck): Line {
  if (check.status === 'failed')
    return { name: check.label ?? 'Model', tone: 'danger', state: 'failed', detail: check.message }
  return {
    name: check.label,
    tone: check.text ? 'ok' : 'warn',
    state: check.text ? 'answers' : 'silent',
    detail: `First token after ${check.firstMilliseconds} ms, done after ${check.milliseconds} ms${check.text ? `: “${check.text}”` : ', without a text'}`,
  }
}

const SERVER_TONES = { ok: 'ok', failing: 'danger', unknown: 'neutral', disabled: 'neutral' } as const

export function serverLine(server: Diagnostics['servers'][number]): Line {
  const { name, state, milliseconds, tools, lastError, address } = server
  const facts = [
    address,
    tools === null ? null : `${tools} tools`,
    milliseconds === null ? null : `${milliseconds} ms`,
    lastError?.message ?? null,
  ]
  return { name, tone: SERVER_TONES[state], state, detail: facts.filter(Boolean).join(', ') || 'Not asked yet' }
}

/** The whole as plain text, to be put into a report. */
export const textOf = (found: Diagnostics, lines: Line[]) =>
  [
    `Longwatch ${found.version}, Node ${found.node}, ${new Date(found.now).toISOString()}`,
    ...lines.map(({ name, state, detail }) => `${name}: ${state}. ${detail}`),
  ].join('\n')
