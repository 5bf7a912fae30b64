import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Longwatch, startLongwatch } from './longwatch.ts'
import { describeMachine } from './report.ts'
import { startModel } from './start-model.ts'
import type { Model } from './subject.ts'

/** Ends the process with a sentence about how it was called. */
export function stopWith(text: string): never {
  console.error(text)
  process.exit(2)
}

/** The sections that `--only` names, or all; ends the process when there is none of a name. */
export function chosenSections(only: string | undefined, sections: object): string[] {
  const names = only?.split(',') ?? Object.keys(sections)
  const unknown = names.filter((name) => !(name in sections))
  if (unknown.length > 0)
    stopWith(`No measurement is called ${unknown.join(', ')}. There are: ${Object.keys(sections).join(', ')}.`)
  return names
}

/** Leaving ends every process that was started (see processes.ts). */
export function leaveOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
}

export function writeResults(path: string, results: object): void {
  const file = resolve(path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`)
}

export type Machine = ReturnType<typeof describeMachine>

/** Says what the machine is, and measures each section with a server of its own, so that none inherits the garbage of another. */
export async function measureSections(
  names: string[],
  options: Parameters<typeof startLongwatch>[1],
  measure: (name: string, subject: Longwatch, model: Model, machine: Machine) => Promise<void>,
): Promise<Machine> {
  const machine = describeMachine()
  for (const [name, value] of Object.entries(machine)) console.log(`${name}: ${value}`)
  const model = await startModel()
  leaveOnSignals()
  try {
    for (const name of names) {
      const subject = await startLongwatch(model, options)
      try {
        await measure(name, subject, model, machine)
      } finally {
        await subject.stop()
      }
    }
  } finally {
    await model.stop()
  }
  return machine
}
