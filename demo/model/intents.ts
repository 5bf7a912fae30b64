import type { Language } from './conversation.ts'
import { isObject, type OfferedTool } from './protocol.ts'

export type Intent =
  | { kind: 'cause' }
  | { kind: 'slow-services' }
  | { kind: 'firing' }
  | { kind: 'restart'; service: string | null }
  | { kind: 'silence'; alert: string | null; minutes: number }
  | { kind: 'other' }

const PROBLEM =
  /slow|latenc|fail|wrong|error|broken|outage|incident|degrad|timeout|root cause|problem|trouble|langsam|fehler|st(ö|oe)rung|ausfall|kaputt|hakt|verz(ö|oe)ger|schief|ursache/i
const PLAYFUL = /\b(poem|joke|story|song|haiku|translate|recipe|gedicht|witz|geschichte|lied|(ü|ue)bersetze)\b/i

/** What a question wants, as far as this scripted model understands it. */
export function intentOf(question: string, tools: OfferedTool[]): Intent {
  if (PLAYFUL.test(question)) return { kind: 'other' }
  if (/\b(re-?start|reboot|neu ?start(en)?|starte\b.*\bneu)\b/i.test(question)) {
    return { kind: 'restart', service: serviceIn(question, tools) }
  }
  if (/\b(silence|mute|snooze|stumm\w*)\b/i.test(question)) {
    const minutes = Number(/(\d+)\s*(?:min|m\b)/i.exec(question)?.[1] ?? 0)
    const hours = Number(/(\d+)\s*(?:h\b|hour|stunde)/i.exec(question)?.[1] ?? 0)
    return {
      kind: 'silence',
      alert: /\b([A-Z][a-z]+(?:[A-Z][a-z]+)+)\b/.exec(question)?.[1] ?? null,
      minutes: minutes || hours * 60 || 30,
    }
  }
  if (/\b(which|what|list|welche)\b.*\b(services?|dienste?)\b.*\b(slow\w*|langsam\w*)\b/i.test(question)) {
    return { kind: 'slow-services' }
  }
  if (
    /\b(firing|alerts?|alarms?|alarme|feuer\w*)\b/i.test(question) &&
    !/\b(why|warum|cause|ursache)\b/i.test(question)
  ) {
    return { kind: 'firing' }
  }
  return PROBLEM.test(question) ? { kind: 'cause' } : { kind: 'other' }
}

/** The service that a question names: one of those that the tools' schemas list, else the word behind "restart". */
function serviceIn(question: string, tools: OfferedTool[]): string | null {
  const words = question.toLowerCase().match(/[\w-]+/g) ?? []
  const known = new Set(tools.flatMap((tool) => enumOf(tool, 'service')))
  const named = words.find((word) => known.has(word))
  if (named || known.size > 0) return named ?? null
  const behind = /(?:restart|reboot|starte)\s+(?:the\s+|den\s+|die\s+|das\s+)?(?:service\s+|dienst\s+)?([\w-]+)/i.exec(
    question,
  )?.[1]
  return behind && !/^(it|ihn|sie|es|service|dienst)$/i.test(behind) ? behind.toLowerCase() : null
}

/** The values that a tool's schema allows for an argument; empty when it does not say. */
export function enumOf(tool: OfferedTool, argument: string): string[] {
  const properties = isObject(tool.parameters.properties) ? tool.parameters.properties : {}
  const property = properties[argument]
  const values = isObject(property) ? property.enum : null
  return Array.isArray(values) ? values.filter((value) => typeof value === 'string') : []
}

export const say = (language: Language, english: string, german: string): string =>
  language === 'de' ? german : english
