/** The part of the OpenAI chat completions protocol that this server speaks. */
export interface ChatMessage {
  role: string
  content: string
  toolCalls: { id: string; name: string; arguments: string }[]
  toolCallId: string | null
}

export interface OfferedTool {
  name: string
  /** JSON Schema of its arguments. */
  parameters: Record<string, unknown>
}

export interface ChatRequest {
  model: string
  messages: ChatMessage[]
  tools: OfferedTool[]
  toolChoice: string
  stream: boolean
  includeUsage: boolean
  maxTokens: number | null
}

/** What the model answers in one response. */
export interface Reply {
  reasoning: string
  text: string
  calls: { name: string; arguments: string }[]
  /** `length`: the answer was cut off by the token limit, its last call in the middle of its arguments. */
  finishReason?: 'length'
}

export class BadRequest extends Error {}

type Json = Record<string, unknown>
export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Reads a request's body. Throws `BadRequest`, naming the field. */
export function readRequest(body: unknown): ChatRequest {
  if (!isObject(body)) throw new BadRequest('The body must be a JSON object')
  if (typeof body.model !== 'string' || body.model === '') throw new BadRequest('model: expected a text')
  if (!Array.isArray(body.messages) || body.messages.length === 0)
    throw new BadRequest('messages: expected at least one')
  const tools = body.tools ?? []
  if (!Array.isArray(tools)) throw new BadRequest('tools: expected a list')
  const choice = body.tool_choice
  const most = body.max_completion_tokens ?? body.max_tokens
  return {
    model: body.model,
    messages: body.messages.map(readMessage),
    tools: tools.map(readTool),
    toolChoice: typeof choice === 'string' ? choice : isObject(choice) ? 'named' : 'auto',
    stream: body.stream === true,
    includeUsage: isObject(body.stream_options) && body.stream_options.include_usage === true,
    maxTokens: typeof most === 'number' && most >= 1 ? most : null,
  }
}

function readMessage(message: unknown, index: number): ChatMessage {
  if (!isObject(message) || typeof message.role !== 'string')
    throw new BadRequest(`messages[${index}].role: expected a text`)
  const calls = Array.isArray(message.tool_calls) ? message.tool_calls : []
  return {
    role: message.role,
    content: textOf(message.content),
    toolCalls: calls.filter(isObject).map((call) => {
      const named = isObject(call.function) ? call.function : {}
      return { id: String(call.id ?? ''), name: String(named.name ?? ''), arguments: String(named.arguments ?? '') }
    }),
    toolCallId: typeof message.tool_call_id === 'string' ? message.tool_call_id : null,
  }
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part) => (isObject(part) && typeof part.text === 'string' ? part.text : '')).join('')
}

function readTool(tool: unknown, index: number): OfferedTool {
  const named = isObject(tool) ? tool.function : null
  if (!isObject(named) || typeof named.name !== 'string')
    throw new BadRequest(`tools[${index}].function.name: expected a text`)
  return { name: named.name, parameters: isObject(named.parameters) ? named.parameters : {} }
}

/** The offered tool whose name is `name`, or ends with it behind a server's prefix, or has a hash behind it. */
export function findTool(tools: OfferedTool[], name: string): OfferedTool | undefined {
  return tools.find((tool) => tool.name === name) ?? tools.find((tool) => isToolNamed(tool.name, name))
}

export const isToolNamed = (offered: string, name: string): boolean =>
  offered === name || new RegExp(`(^|__|[.:/-])${name.replace(/[^\w-]/g, '.')}(_[0-9a-f]{8,32})?$`).test(offered)
