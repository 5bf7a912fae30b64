import type { LongwatchMessage, RunChunk, ToolOutput } from '@/lib/agent/events'

/** A section of an answer as a model writes it: prose, a list, a table, code. About 1,100 characters. */
const section = (number: number) => `## Finding ${number}: checkout waits for payments

Latency of **checkout** rose from 180 ms to 2.4 s at 03:${String(number % 60).padStart(2, '0')}; the rate of errors followed two minutes later. The pool of connections in \`payments\` was exhausted, and every request waited for its turn:

- p95 of \`payments\` went from 90 ms to 1.9 s
- 40 of 40 connections in use, 112 requests waiting
- no deployment in this window, but a *slow query* on \`orders\` that holds a connection for 1.2 s

| service | p50 ms | p95 ms | errors % |
|---|---:|---:|---:|
| checkout | ${180 + number} | 2,410 | 4.2 |
| payments | 95 | 1,${900 + (number % 90)} | 3.9 |
| orders | 40 | 61 | 0.0 |

\`\`\`promql
histogram_quantile(0.95,
  sum by (le, service) (
    rate(http_request_duration_seconds_bucket{service=~"checkout|payments"}[5m])
  )
) > ${number}
\`\`\`

The query behind it reads every row of the day, since the index on \`created_at\` is not used when the day is compared as a text. See [the dashboard](https://grafana.example.com/d/pool${number}) and the trace of request ${number}.

`

/** Markdown of at least so many characters, ended at a section. */
export function markdownOf(characters: number): string {
  let text = ''
  for (let number = 1; text.length < characters; number += 1) text += section(number)
  return text
}

/** The text in pieces about as long as a model's tokens. */
export const tokensOf = (text: string): string[] => text.match(/\s?[\w.,|:`*#-]{1,5}|\s|./gsu) ?? []

const cached: string[] = []
/** The token with this number of an endless answer in markdown. */
export function markdownToken(number: number): string {
  while (cached.length <= number) cached.push(...tokensOf(section(cached.length)))
  return cached[number] ?? ''
}

export const textOfTokens = (count: number): string =>
  Array.from({ length: count }, (_, number) => markdownToken(number)).join('')

const output = (step: number, call: number): ToolOutput => ({
  preview: JSON.stringify({ service: 'payments', step, call, connections: { used: 40, most: 40, waiting: 112 } }),
  evidenceId: `ev_bench_${step}_${call}`,
  bytes: 100,
  truncated: false,
  mediaType: 'application/json',
})

function callChunks(step: number, call: number): { asked: RunChunk[]; answered: RunChunk[] } {
  const toolCallId = `bench-${step}-${call}`
  const toolName = 'query_metrics'
  const input = { query: `sum(rate(http_requests_total{step="${step}",call="${call}"}[5m]))`, window: '1h' }
  const toolMetadata = { server: 'bench', tool: toolName, risk: 'read', durationMs: 40 }
  const pieces = tokensOf(JSON.stringify(input))
  return {
    asked: [
      { type: 'tool-input-start', toolCallId, toolName, dynamic: true },
      ...pieces.map((inputTextDelta): RunChunk => ({ type: 'tool-input-delta', toolCallId, inputTextDelta })),
      { type: 'tool-input-available', toolCallId, toolName, input, dynamic: true, toolMetadata },
    ],
    answered: [
      { type: 'data-tool-progress', data: { toolCallId, status: 'started' }, transient: true },
      { type: 'tool-output-available', toolCallId, output: output(step, call), dynamic: true, toolMetadata },
    ],
  }
}

const deltas = (id: string, type: 'text-delta' | 'reasoning-delta', tokens: string[]): RunChunk[] =>
  tokens.map((delta) => ({ type, id, delta }))

/** One step of an investigation: it thinks, writes a line, asks four tools. */
function stepChunks(step: number): RunChunk[] {
  const [thought, line] = [`r${step}-1-1`, `t${step}-1-1`]
  const calls = Array.from({ length: 4 }, (_, call) => callChunks(step, call))
  return [
    { type: 'start-step' },
    { type: 'data-step', data: { step, phase: 'model' }, transient: true },
    { type: 'reasoning-start', id: thought },
    ...deltas(
      thought,
      'reasoning-delta',
      tokensOf(`Which service waits, and for what? Step ${step} looks at it. `.repeat(4)),
    ),
    { type: 'reasoning-end', id: thought },
    { type: 'text-start', id: line },
    ...deltas(
      line,
      'text-delta',
      tokensOf(`Step ${step}: I look at the **pool** of \`payments\` and at its callers.\n`),
    ),
    { type: 'text-end', id: line },
    ...calls.flatMap(({ asked }) => asked),
    { type: 'data-step', data: { step, phase: 'tools' }, transient: true },
    ...calls.flatMap(({ answered }) => answered),
    { type: 'finish-step' },
  ]
}

/** Exactly so many events of one long investigation: steps with calls for a good half, then an answer that is still being written. */
export function investigation(events: number): RunChunk[] {
  const chunks: RunChunk[] = [{ type: 'text-end', id: 't1-1-1' }, { type: 'finish-step' }]
  for (let step = 2; chunks.length < events * 0.6; step += 1) chunks.push(...stepChunks(step))
  chunks.push({ type: 'start-step' }, { type: 'text-start', id: 'answer' })
  const rest = Array.from({ length: events - chunks.length }, (_, number) => markdownToken(number))
  return [...chunks, ...deltas('answer', 'text-delta', rest)].slice(0, events)
}

const part = (text: string) => ({ type: 'text' as const, text, state: 'done' as const })

/** A question and its answer, the `turn`th of a session; every tenth answer is a long one. */
export function turnOf(turn: number, runId: string, at: number): [LongwatchMessage, LongwatchMessage] {
  const metadata = { runId, createdAt: at }
  const usage = { inputTokens: 1_200, outputTokens: 300 }
  const call = {
    type: 'dynamic-tool' as const,
    toolName: 'query_metrics',
    toolCallId: `bench-${turn}`,
    state: 'output-available' as const,
    input: { query: 'up', window: '1h' },
    output: output(turn, 0),
    toolMetadata: { server: 'bench', tool: 'query_metrics', risk: 'read', durationMs: 40 },
  }
  const answer = turn % 10 === 0 ? markdownOf(6_000) : section(turn).slice(0, 300 + (turn % 5) * 150)
  return [
    { id: `usr_${runId}`, role: 'user', parts: [part(`Question ${turn}: why is checkout slow?`)], metadata },
    {
      id: `msg_${runId}`,
      role: 'assistant',
      parts: [{ type: 'step-start' }, call, { type: 'step-start' }, part(answer)],
      metadata: { ...metadata, finishedAt: at + 9_000, status: 'completed', usage },
    },
  ]
}
