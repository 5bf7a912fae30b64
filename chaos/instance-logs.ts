import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const ERROR = 50

/** What the instances logged as errors, each text with its count; and every line that is no log entry of ours. */
export function errorsLogged(folder: string, names: string[]): Map<string, number> {
  const found = new Map<string, number>()
  for (const name of names) {
    for (const line of readFileSync(join(folder, `${name}.log`), 'utf8').split('\n')) {
      const text = errorOf(line)
      if (text) found.set(text, (found.get(text) ?? 0) + 1)
    }
  }
  return found
}

function errorOf(line: string): string | null {
  if (!line.startsWith('{')) {
    return /unhandled|uncaught|^\s*\S*(Error|Exception)\b|cannot start/i.test(line) ? line.trim().slice(0, 200) : null
  }
  try {
    const entry = JSON.parse(line) as {
      level?: number | string
      msg?: string
      err?: { message?: string; code?: string }
    }
    if (entry.level !== ERROR && entry.level !== 'error') return null
    return `${entry.msg ?? ''}${entry.err ? ` (${entry.err.code ?? entry.err.message ?? ''})` : ''}`.slice(0, 200)
  } catch {
    return null
  }
}
