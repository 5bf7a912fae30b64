import { type Directives, readDirectives } from './directives.ts'
import type { ChatMessage, ChatRequest, OfferedTool } from './protocol.ts'

export type Language = 'en' | 'de'

/** One tool call of the current question, with what came back. */
export interface Exchange {
  tool: string
  arguments: string
  /** Null while there is no result. */
  content: string | null
}

export interface Conversation {
  kind: 'title' | 'chat'
  /** The latest question, without directives. */
  question: string
  language: Language
  directives: Directives
  tools: OfferedTool[]
  /** False when the model has to conclude with what it has. */
  mayCall: boolean
  exchanges: Exchange[]
  /** Responses with tool calls since the question. */
  steps: number
}

const CONCLUDE = /^\s*\[[^\]]*\bconclude\b|\blimit\b[^.]*\.[^.]*\bconclude\b|\bno (more|further) tool calls\b/i
/** Notes of the agent in brackets behind a question: what was left out to save room, or that it is time to conclude. */
const NOTE = /\n\s*\[(?:[A-Z]\w+): [\s\S]*\]\s*$/
const TITLE =
  /\b(short|brief|concise)\b[^.]{0,60}\btitle\b|\btitle\b[^.]{0,40}\b(for|of|to)\b[^.]{0,30}\b(conversation|chat|session|exchange|thread)\b/i

/** Reads out of a request what the model is asked, what it may use and what it has found so far. */
export function readConversation(
  request: ChatRequest,
  scripts: boolean,
  /** Directives by the question that they are for, as if they stood in it. */
  orders: ReadonlyMap<string, string> = new Map(),
): Conversation {
  const { messages } = request
  let asked = messages.findLastIndex((message) => message.role === 'user')
  const last = messages.at(-1)
  const told = last !== undefined && last.role !== 'tool' && last.role !== 'assistant' && CONCLUDE.test(last.content)
  // An instruction to conclude may come in the user's name; the question is the one before it.
  if (told && asked === messages.length - 1) {
    const before = messages.slice(0, asked).findLastIndex((message) => message.role === 'user')
    const isOnlyInstruction = last.content.length < 600 && messages.slice(0, asked).some((one) => one.role === 'tool')
    if (before >= 0 && isOnlyInstruction) asked = before
  }
  const whole = messages[asked]?.content ?? ''
  const note = NOTE.exec(whole)?.[0] ?? ''
  const raw = whole.slice(0, whole.length - note.length)
  const left = leftOutCalls(note)
  const ordered = orders.get(raw.trim()) ?? ''
  const { directives, rest } = scripts
    ? readDirectives(ordered + raw)
    : { directives: readDirectives('').directives, rest: raw }
  const since = messages.slice(asked + 1)
  const isTitle =
    request.tools.length === 0 &&
    messages.every((one) => one.role !== 'tool') &&
    messages.some((one) => isTitlePrompt(one))
  return {
    kind: isTitle ? 'title' : 'chat',
    question: rest,
    language: languageOf(rest),
    directives,
    tools: request.tools,
    mayCall: request.tools.length > 0 && request.toolChoice !== 'none' && !told && !CONCLUDE.test(note.trim()),
    exchanges: [...left, ...exchangesOf(since)],
    steps: left.length + since.filter((message) => message.toolCalls.length > 0).length,
  }
}

/** Calls of this run that the agent left out of the context and only lists: made, their results gone. */
function leftOutCalls(note: string): Exchange[] {
  if (!/earlier steps of this run/.test(note)) return []
  return [...note.matchAll(/\n- ([\w-]+)\(([^\n]*)/g)].flatMap(([, tool = '', args = '']) => {
    const times = Number(/\((\d+) times\)\]?$/.exec(args)?.[1] ?? 1)
    return Array.from({ length: times }, () => ({ tool, arguments: args, content: null }))
  })
}

const isTitlePrompt = (message: ChatMessage) =>
  (message.role === 'system' || message.role === 'developer' || message.role === 'user') && TITLE.test(message.content)

function exchangesOf(messages: ChatMessage[]): Exchange[] {
  const results = new Map(messages.filter((one) => one.role === 'tool').map((one) => [one.toolCallId, one.content]))
  return messages.flatMap((message) =>
    message.toolCalls.map((call) => ({
      tool: call.name,
      arguments: call.arguments,
      content: results.get(call.id) ?? null,
    })),
  )
}

const GERMAN =
  /\b(warum|wieso|weshalb|was|welche[rsn]?|wer|wie|ist|sind|und|der|die|das|den|ein|eine|nicht|bitte|langsam|fehler|dienste?|alarme?|kunden|starte|neu|stumm|finde|seit|heute)\b/gi
const ENGLISH =
  /\b(why|what|which|who|how|is|are|and|the|a|an|not|please|slow|errors?|services?|alerts?|customers|restart|silence|find|since|today|of|with)\b/gi

/** German when more of its small words are German than English. */
export function languageOf(text: string): Language {
  const german = text.match(GERMAN)?.length ?? 0
  return german > (text.match(ENGLISH)?.length ?? 0) ? 'de' : 'en'
}

/** A short title for a conversation, made of its first question. */
export function titleOf(messages: ChatMessage[]): string {
  const asked = messages.filter((message) => message.role === 'user').map((message) => message.content)
  const plain = asked.find((text) => !TITLE.test(text)) ?? asked[0] ?? ''
  // The question may be quoted inside of the prompt: "Question: …", "User: …".
  const quoted = /(?:^|\n)\s*(?:question|user|frage)\s*:\s*([\s\S]+?)(?:\n\s*(?:answer|assistant|antwort)\s*:|$)/i.exec(
    plain,
  )?.[1]
  const text = readDirectives(quoted ?? plain).rest
  const words = text
    .replace(/[`*_#>"“”„|]/g, ' ')
    .split(/\s+/)
    .filter(Boolean)
  const short = words
    .slice(0, 7)
    .join(' ')
    .replace(/[?!.,;:]+$/, '')
  if (short === '') return 'New conversation'
  return short.charAt(0).toUpperCase() + short.slice(1, 60)
}
