/** Orders that an end-to-end test writes into its question; README.md lists them. */
export interface Directives {
  words: number | null
  /** Exactly this is answered. */
  say: string | null
  reasoning: number | null
  rate: number | null
  waitFirstMilliseconds: number
  calls: { tool: string; arguments: string }[]
  steps: { count: number; tool: string | null } | null
  /** A call whose arguments are cut off in the middle, as by a token limit. */
  cutCall: string | null
  failure: Failure | null
  /** The failure strikes this step only (1 is the first). */
  failureStep: number | null
}

export type Failure =
  | { kind: 'status'; status: number; times: number | null }
  | { kind: 'garbage' }
  | { kind: 'half-line' }
  | { kind: 'silent' }
  | { kind: 'stall'; words: number }
  | { kind: 'error-chunk' }

interface Found {
  name: string
  argument: string
}

/** Takes the directives `[[name:argument]]` out of a question. */
export function readDirectives(question: string): { directives: Directives; rest: string } {
  const directives: Directives = {
    words: null,
    say: null,
    reasoning: null,
    rate: null,
    waitFirstMilliseconds: 0,
    calls: [],
    steps: null,
    cutCall: null,
    failure: null,
    failureStep: null,
  }
  const { found, rest } = scan(question)
  for (const { name, argument } of found) apply(directives, name, argument)
  return { directives, rest: rest.trim() }
}

function scan(question: string): { found: Found[]; rest: string } {
  const found: Found[] = []
  let rest = ''
  let position = 0
  while (position < question.length) {
    const start = question.indexOf('[[', position)
    const opened = start < 0 ? null : /^\[\[([a-z-]+)(:|\]\])/.exec(question.slice(start, start + 40))
    if (start < 0) break
    if (!opened?.[1]) {
      rest += question.slice(position, start + 2)
      position = start + 2
      continue
    }
    rest += question.slice(position, start)
    const bodyStart = start + opened[0].length
    const end = opened[2] === ']]' ? bodyStart : closing(question, bodyStart)
    found.push({ name: opened[1], argument: opened[2] === ']]' ? '' : question.slice(bodyStart, end) })
    position = opened[2] === ']]' ? bodyStart : end + 2
  }
  return { found, rest: rest + question.slice(position) }
}

/** Where `]]` closes a directive: behind the JSON that it holds, which may itself contain `]]`. */
function closing(text: string, from: number): number {
  let depth = 0
  let quoted = false
  for (let index = from; index < text.length; index++) {
    const letter = text[index]
    if (quoted) {
      if (letter === '\\') index++
      else if (letter === '"') quoted = false
    } else if (letter === '"' && depth > 0) quoted = true
    else if (letter === '{') depth++
    else if (letter === '}') depth--
    else if (depth === 0 && text.startsWith(']]', index)) return index
  }
  return text.length
}

const count = (text: string | undefined): number => Math.max(0, Math.floor(Number(text) || 0))

function apply(directives: Directives, name: string, argument: string): void {
  const [first, second] = argument.split(':')
  switch (name) {
    case 'words':
      directives.words = count(first)
      break
    case 'say':
      directives.say = argument
      break
    case 'reasoning':
      directives.reasoning = count(first)
      break
    case 'rate':
      directives.rate = Number(first) > 0 ? Number(first) : null
      break
    case 'wait-first':
      directives.waitFirstMilliseconds = count(first)
      break
    case 'call': {
      const colon = argument.indexOf(':')
      const tool = colon < 0 ? argument : argument.slice(0, colon)
      directives.calls.push({ tool, arguments: colon < 0 ? '{}' : argument.slice(colon + 1) || '{}' })
      break
    }
    case 'calls':
      directives.steps = { count: count(first), tool: second || null }
      break
    case 'cut-call':
      directives.cutCall = argument
      break
    case 'step':
      directives.failureStep = count(first)
      break
    case 'status':
      directives.failure = { kind: 'status', status: count(first) || 500, times: second ? count(second) : null }
      break
    case 'stall':
      directives.failure = { kind: 'stall', words: count(first) }
      break
    case 'garbage':
    case 'half-line':
    case 'silent':
    case 'error-chunk':
      directives.failure = { kind: name }
      break
  }
}
