import { parseArgs } from 'node:util'

export interface Options {
  minutes: number
  instances: number
  store: 'redis' | 'sqlite'
  seed: number
  leaseSeconds: number
  askers: number
  /** Milliseconds between two faults. */
  gap: { least: number; most: number }
  /** Keep logs and data although nothing was found. */
  keep: boolean
  /** Where to write what was found, as JSON. */
  report: string | null
}

export const USAGE = `npm run chaos -- [--store redis|sqlite] [--minutes N] [--instances N] [--seed S] [--quick]
                 [--lease SECONDS] [--askers N] [--keep] [--report FILE]`

/** Reads the command line; throws a sentence about what is wrong with it. */
export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: 'string' },
      instances: { type: 'string', default: '3' },
      store: { type: 'string', default: 'redis' },
      seed: { type: 'string' },
      lease: { type: 'string', default: '3' },
      askers: { type: 'string', default: '5' },
      quick: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      report: { type: 'string' },
    },
  })
  const number = (name: string, text: string, least: number, most: number) => {
    const value = Number(text)
    if (text.trim() === '' || !(value >= least && value <= most)) {
      throw new Error(`--${name} wants a number from ${least} to ${most}, not "${text}".`)
    }
    return value
  }
  const { store } = values
  if (store !== 'redis' && store !== 'sqlite') throw new Error(`--store wants redis or sqlite, not "${store}".`)
  return {
    store,
    minutes: number('minutes', values.minutes ?? (values.quick ? '0.5' : '2'), 0.05, 600),
    instances: Math.floor(number('instances', values.instances, 1, 16)),
    seed: Math.floor(number('seed', values.seed ?? `${Math.floor(Math.random() * 1_000_000)}`, 0, 4_294_967_295)),
    leaseSeconds: Math.floor(number('lease', values.lease, 1, 60)),
    askers: Math.floor(number('askers', values.askers, 1, 100)),
    gap: values.quick ? { least: 800, most: 2_500 } : { least: 1_500, most: 5_000 },
    keep: values.keep,
    report: values.report ?? null,
  }
}
