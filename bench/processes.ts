import { type ChildProcess, execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

const started = new Set<ChildProcess>()

// Whatever ends the bench ends what it started, by its id.
process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL')
})

/** Makes a process end with the bench at the latest. */
export function adopt<Child extends ChildProcess>(child: Child): Child {
  started.add(child)
  child.once('exit', () => started.delete(child))
  return child
}

export const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null

/** Ends a process that the bench started, and waits for it; after 20 s by force. */
export async function endProcess(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
  if (hasEnded(child)) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  const force = setTimeout(() => child.kill('SIGKILL'), 20_000)
  await ended
  clearTimeout(force)
}

let ticksPerSecond = 0

function tickLength(): number {
  ticksPerSecond ||= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
  return 1000 / ticksPerSecond
}

/** The fields of /proc/PID/stat behind the command's name, which may hold blanks. */
function statFields(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

function withChildren(root: number): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      parents.set(Number(name), Number(statFields(Number(name))[1]))
    } catch {
      // It ended meanwhile.
    }
  }
  const found = [root]
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.push(child)
  return found
}

/** CPU milliseconds that a process and its living children have used, user and system. */
export function cpuOf(pid: number): number {
  let ticks = 0
  for (const each of withChildren(pid)) {
    try {
      const fields = statFields(each)
      ticks += Number(fields[11]) + Number(fields[12])
    } catch {
      // It ended meanwhile.
    }
  }
  return ticks * tickLength()
}

/** Milliseconds that all cores together were busy, whoever kept them so. */
export function machineBusy(): number {
  const fields = /^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]?.split(' ').map(Number) ?? []
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = fields
  return (user + nice + system + irq + softirq + steal) * tickLength()
}
