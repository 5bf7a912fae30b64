import { type CallState, RISK_WORDS, toolMetadataOf, toolTitleOf } from '@/components/chat/tool-state'
import { argumentsHint, prettyArguments } from '@/components/evidence/pretty'
import { TextFrame } from '@/components/evidence/text-frame'
import { ToolResult } from '@/components/evidence/tool-result'
import { formatInstant } from '@/components/ui/format'
import type { ToolOutput } from '@/lib/agent/events'
import type { ToolPart } from '@/lib/sessions/fold/state'

/** What an opened card shows: where the call went, its arguments, its result or its error. */
export function ToolBody({
  part,
  output,
  state,
  errorText,
}: {
  part: ToolPart
  output: ToolOutput | null
  state: CallState
  errorText: string
}) {
  const { server, tool, risk, startedAt } = toolMetadataOf(part)
  const input = part.input ?? ('rawInput' in part ? part.rawInput : undefined)
  const facts = [
    server && tool ? `${server} / ${tool}` : server,
    risk && RISK_WORDS[risk],
    startedAt !== undefined && formatInstant(startedAt),
  ].filter(Boolean)

  return (
    <div className="grid min-w-0 gap-2">
      {facts.length > 0 && <p className="pt-1 text-xs text-muted">{facts.join(' · ')}</p>}
      {input !== undefined && <TextFrame label="Arguments" text={prettyArguments(input)} />}
      {output && <ToolResult output={output} title={argumentsHint(part.input) || toolTitleOf(part)} />}
      {!output && state === 'done' && 'output' in part && (
        <TextFrame label="Result" text={prettyArguments(part.output)} />
      )}
      {state === 'failed' && <TextFrame label="Error" text={errorText} />}
      {state === 'stopped' && <p className="text-xs text-muted">The run ended before this call had a result.</p>}
    </div>
  )
}
