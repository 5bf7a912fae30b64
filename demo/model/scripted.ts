import type { Conversation } from './conversation.ts'
import { findTool, type OfferedTool, type Reply } from './protocol.ts'

const numbered = (letter: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`).join(' ')

/** The response that a test ordered by directives; null when it ordered none and the question decides. */
export function scriptedReply(conversation: Conversation): Reply | null {
  const { directives, tools, steps, mayCall, exchanges } = conversation
  const reasoning = directives.reasoning === null ? '' : numbered('r', directives.reasoning)
  const words = [directives.say, directives.words === null ? null : numbered('w', directives.words)]
    .filter((text) => text !== null)
    .join('\n\n')
  const named = (tool: string) => findTool(tools, tool)?.name ?? tool

  if (directives.cutCall !== null && steps === 0 && mayCall) {
    const args = '{"service":"pay'
    return {
      reasoning,
      text: '',
      calls: [{ name: named(directives.cutCall), arguments: args }],
      finishReason: 'length',
    }
  }
  if (directives.calls.length > 0 && steps === 0 && mayCall) {
    const calls = directives.calls.map((call) => ({ name: named(call.tool), arguments: call.arguments }))
    return { reasoning, text: '', calls }
  }
  const ordered = directives.steps
  if (ordered && steps < ordered.count && mayCall) {
    const tool = ordered.tool === null ? harmlessTool(tools) : named(ordered.tool)
    if (tool)
      return { reasoning, text: `Step ${steps + 1} of ${ordered.count}.`, calls: [{ name: tool, arguments: '{}' }] }
  }
  const hasScript = directives.cutCall !== null || directives.calls.length > 0 || ordered !== null || words !== ''
  if (!hasScript && reasoning === '') return null
  const results = exchanges.map(({ tool, content }) => {
    const told = (content ?? 'no result').replace(/\s+/g, ' ').replaceAll('`', "'")
    return `- \`${tool}\` answered: \`${told.slice(0, 600)}\``
  })
  const report = directives.calls.length > 0 || directives.cutCall !== null ? results.join('\n') : ''
  const done = ordered ? `${steps} of ${ordered.count} steps done.` : ''
  const text = [report, done, words].filter(Boolean).join('\n\n')
  return { reasoning, text: text || 'Done.', calls: [] }
}

/** A tool that wants no argument and changes nothing, as far as its name tells. */
function harmlessTool(tools: OfferedTool[]): string | null {
  const listing = findTool(tools, 'list_services') ?? tools.find((tool) => /(^|_)(list|get)_/.test(tool.name))
  return listing?.name ?? null
}
