import type { LanguageModelV4Prompt } from '@ai-sdk/provider'
import { TITLE_PROMPT } from '@/lib/agent/prompts'
import { streamModel } from '@/lib/models/stream'
import type { ResolvedModel } from '@/lib/models/types'

export const MAX_TITLE_LENGTH = 80
export const UNTITLED = 'New conversation'

/** A model that reasons first spends tokens on that, too. */
const MAX_OUTPUT_TOKENS = 1024
const MAX_EXCERPT = 2000
const TIMING = { firstDelta: 20_000, betweenParts: 10_000, attempts: 2 }

export interface TitleInput {
  model: ResolvedModel
  question: string
  answer: string
  signal: AbortSignal
  /** What the call took, whether it gave a title or not. */
  onUsage?: (usage: { inputTokens: number; outputTokens: number }) => void
}

/**
 * A title for a conversation from its first exchange, asked of the model in one short call. Null when there is none to
 * be had (an error, nothing usable): `titleFromQuestion` then stands. Never throws.
 */
export async function makeTitle({ model, question, answer, signal, onUsage }: TitleInput): Promise<string | null> {
  try {
    const prompt = titlePrompt(question, answer)
    let text = ''
    for await (const part of streamModel(model, {
      prompt,
      tools: [],
      maxOutputTokens: Math.min(MAX_OUTPUT_TOKENS, model.maxOutputTokens),
      signal,
      timing: TIMING,
    })) {
      if (part.type === 'text-delta') text += part.delta
      if (part.type === 'finish')
        onUsage?.({ inputTokens: part.usage.inputTokens.total ?? 0, outputTokens: part.usage.outputTokens.total ?? 0 })
      if (part.type === 'finish' && part.finishReason.unified === 'content-filter') return null
    }
    return cleanTitle(text) || null
  } catch {
    return null
  }
}

/** The question's beginning as a title, cut between words where that is possible; without words its files' names. */
export function titleFromQuestion(question: string, files: readonly string[] = []): string {
  if (question.trim() === '' && files.length > 0) return shorten(files.join(', '))
  return cleanTitle(question.slice(0, MAX_EXCERPT)) || UNTITLED
}

function titlePrompt(question: string, answer: string): LanguageModelV4Prompt {
  const excerpt = (text: string) => text.slice(0, MAX_EXCERPT).toWellFormed()
  const text = `Question: ${excerpt(question)}\n\nAnswer: ${excerpt(answer)}`
  return [
    { role: 'system', content: TITLE_PROMPT },
    { role: 'user', content: [{ type: 'text', text }] },
  ]
}

/** The first line with words in it, without markdown, quotation marks and control characters, at most 80 characters as people count them. */
export function cleanTitle(raw: string): string {
  const line = raw
    .toWellFormed()
    .replace(/<think>[\s\S]*?(<\/think>|$)/g, '')
    .split(/[\r\n\u2028\u2029]+/)
    .map(cleanLine)
    .find((candidate) => /[\p{L}\p{N}]/u.test(candidate))
  return line ? shorten(line) : ''
}

const cleanLine = (line: string) =>
  line
    // Control and direction characters: a title is shown among other people's text.
    .replace(/[\p{Cc}\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu, ' ')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^\s*(?:#{1,6}\s+|>\s*|[-*+]\s+|\d+[.)]\s+)+/, '')
    .replace(/^title\s*:\s*/i, '')
    .replace(/\*\*|__|~~|[`*]/g, '')
    .replace(/^["'“”„‚‘’«»‹›「」『』\s]+|["'“”‘’«»‹›「」『』\s]+$/gu, '')
    .replace(/(?<=[^.])\.$/, '')
    .replace(/\s+/gu, ' ')
    .trim()

function shorten(line: string): string {
  // What people count as one character is at least one of a string's.
  if (line.length <= MAX_TITLE_LENGTH) return line
  const graphemes = [...new Intl.Segmenter().segment(line)].map(({ segment }) => segment)
  if (graphemes.length <= MAX_TITLE_LENGTH) return line
  const head = graphemes.slice(0, MAX_TITLE_LENGTH - 1).join('')
  const space = head.lastIndexOf(' ')
  return `${head.slice(0, space > head.length / 2 ? space : head.length).trimEnd()}…`
}
