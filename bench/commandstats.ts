/** How often each command was called since the server began, by its name in lower case (`config|get`). */
export type CommandCounts = ReadonlyMap<string, number>

/** Reads the answer of `INFO commandstats`. Lines of other sections are passed over. */
export function parseCommandStats(info: string): CommandCounts {
  const counts = new Map<string, number>()
  for (const [, name = '', calls] of info.matchAll(/^cmdstat_([^:\r\n]+):calls=(\d+)/gm)) {
    counts.set(name.toLowerCase(), Number(calls))
  }
  return counts
}

/** What was called between two readings; the commands that were not are left out. */
export function callsBetween(before: CommandCounts, after: CommandCounts): CommandCounts {
  const counts = new Map<string, number>()
  for (const [name, calls] of after) {
    const more = calls - (before.get(name) ?? 0)
    if (more > 0) counts.set(name, more)
  }
  return counts
}

/** What the bench itself asks, and what keeps connections alive: no cost of a token. */
const NOT_COUNTED = /^(info|ping|hello|client\|.*|auth|select|command.*)$/

/** All calls that serve an answer, those inside of scripts included, as Redis counts them. */
export function totalCalls(counts: CommandCounts): number {
  let total = 0
  for (const [name, calls] of counts) if (!NOT_COUNTED.test(name)) total += calls
  return total
}

const SCRIPT = /^(eval|evalsha|fcall)(_ro)?$/
const NEVER_IN_A_SCRIPT = /^p?(un)?subscribe$/

/**
 * Calls that came over the network. Redis does not tell them from those inside of scripts: whoever uses scripts is taken
 * to ask by scripts alone, subscriptions aside. That is so of both that are compared.
 */
export function roundTrips(counts: CommandCounts): number {
  const asked = [...counts].filter(([name]) => SCRIPT.test(name) || NEVER_IN_A_SCRIPT.test(name))
  if (!asked.some(([name]) => SCRIPT.test(name))) return totalCalls(counts)
  return asked.reduce((sum, [, calls]) => sum + calls, 0)
}

/** A figure of another section of `INFO`; 0 when it is not there. */
export function infoNumber(info: string, name: string): number {
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0)
}
