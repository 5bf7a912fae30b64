import { setTimeout as wait } from 'node:timers/promises'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js'
import type {
  CallToolResult,
  ServerNotification,
  ServerRequest,
  ToolAnnotations,
} from '@modelcontextprotocol/sdk/types.js'
import type { z } from 'zod'
import { bulk, type Faults, sufferDelay } from './faults.ts'
import { inputs, iso } from './inputs.ts'
import type { Ledger, LedgerEntry } from './ledger.ts'
import * as reading from './reading.ts'
import type { ShopState } from './state.ts'

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>
type Arguments<Name extends keyof typeof inputs> = z.infer<z.ZodObject<(typeof inputs)[Name]>>

export interface ToolHouse {
  state: ShopState
  ledger: Ledger
  faults: Faults
  /** Multiplies the time that the slower tools take; 0 makes them answer at once. */
  pace: number
  /** Cuts the connection that carries the call which is being handled. */
  dropConnection: () => void
}

interface CallContext {
  entry: LedgerEntry
  signal: AbortSignal
  /** Takes about so long, telling the caller of each stage. Rejects when the call is cancelled. */
  work: (milliseconds: number, stages: string[]) => Promise<void>
}

/** A new MCP server over the shop, for one session. */
export function createToolServer(house: ToolHouse): McpServer {
  const { state } = house
  const server = new McpServer(
    { name: 'shop', title: 'Shop telemetry', version: '1.0.0' },
    {
      instructions:
        'Metrics, logs, traces, alerts and deployments of a shop of five services, six hours back from now.',
    },
  )

  const register = <Name extends keyof typeof inputs>(
    name: Name,
    title: string,
    description: string,
    hints: ToolAnnotations,
    run: (args: Arguments<Name>, call: CallContext) => Promise<reading.Answer> | reading.Answer,
  ) => {
    const configuration = {
      title,
      description,
      inputSchema: inputs[name] as z.ZodRawShape,
      annotations: { title, ...hints },
    }
    server.registerTool(name, configuration, (args: Record<string, unknown>, extra: Extra) =>
      execute(house, name, args, extra, (call) => run(args as Arguments<Name>, call)),
    )
  }
  const reads: ToolAnnotations = {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  }

  register(
    'list_services',
    'List services',
    'The services of the shop: what each does, which others it depends on, its database, its version and its metrics. Start here.',
    reads,
    () => reading.listServices(state),
  )
  register(
    'query_metrics',
    'Query metrics',
    'One metric over a range of time, as one series per service. Leave service out to compare all services.',
    reads,
    async (args, { work }) => {
      await work(120, ['reading series'])
      return reading.queryMetrics(state, args)
    },
  )
  register(
    'query_logs',
    'Query logs',
    'Log lines by service, least level, text and time; the newest ones when there are more than the limit.',
    reads,
    async (args, { work }) => {
      await work(250, ['scanning logs'])
      return reading.queryLogs(state, args)
    },
  )
  register(
    'search_traces',
    'Search traces',
    'Traces by service, operation, duration and outcome; gives their ids for get_trace. Takes a second or two.',
    reads,
    async (args, { work }) => {
      await work(1400, ['opening blocks', 'scanning the first half', 'scanning the second half', 'sorting'])
      return reading.searchTraces(state, args)
    },
  )
  register(
    'get_trace',
    'Get trace',
    'One trace with all its spans: which service spent the time, and on what.',
    reads,
    (args) => reading.getTrace(state, args),
  )
  register(
    'list_alerts',
    'List alerts',
    'The alert rules and their state: firing (and since when), silenced, resolved or inactive.',
    reads,
    (args) => reading.listAlerts(state, args),
  )
  register(
    'list_deployments',
    'List deployments',
    'What was deployed or restarted, when and by whom, oldest first.',
    reads,
    (args) => reading.listDeployments(state, args),
  )
  register(
    'silence_alert',
    'Silence alert',
    'Silences an alert for some minutes: it goes on being evaluated and notifies nobody. Changes the alerting, not the shop.',
    { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    (args, { entry }) => {
      const silence = state.silence(args.alert, args.duration_minutes, args.reason)
      entry.tookEffect = true
      const until = iso(silence.until)
      return {
        text: `${args.alert} is silenced until ${until}.`,
        structured: { alert: args.alert, silencedUntil: until, reason: args.reason },
      }
    },
  )
  register(
    'restart_service',
    'Restart service',
    'Restarts all pods of a service. For about a minute it answers nothing, and requests in flight fail.',
    { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
    async (args, { entry, work }) => {
      await work(900, ['draining requests', 'stopping pods'])
      const at = state.restart(args.service, args.reason)
      entry.tookEffect = true
      await work(900, ['starting pods', 'waiting for readiness'])
      return {
        text: `${args.service} was restarted at ${iso(at)}; it answers again in about a minute.`,
        structured: { service: args.service, restartedAt: iso(at) },
      }
    },
  )
  return server
}

/** Runs one call: with the faults ordered for it, its progress, its cancellation, and its line in the ledger. */
async function execute(
  house: ToolHouse,
  name: string,
  args: Record<string, unknown>,
  extra: Extra,
  run: (call: CallContext) => Promise<reading.Answer> | reading.Answer,
): Promise<CallToolResult> {
  const { ledger, faults } = house
  const { signal } = extra
  const key = extra._meta?.idempotencyKey
  const entry = ledger.start(name, args, extra.sessionId ?? null, typeof key === 'string' ? key : null)
  const work = worker(house, extra)
  try {
    const fault = faults.take(name)
    if (fault) await sufferDelay(fault, signal)
    if (fault?.drop === 'before') return drop(house, entry)
    if (fault?.fail !== undefined) throw new Error(fault.fail)
    const result = await run({ entry, signal, work })
    if (fault?.drop === 'after') return drop(house, entry)
    signal.throwIfAborted()
    ledger.finish(entry, 'ok')
    if (fault?.bytes) return { content: [{ type: 'text', text: bulk(fault.bytes) }] }
    return { content: [{ type: 'text', text: result.text }], structuredContent: result.structured }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    ledger.finish(entry, signal.aborted ? 'aborted' : 'error', message)
    return { isError: true, content: [{ type: 'text', text: message }] }
  }
}

function drop(house: ToolHouse, entry: LedgerEntry): CallToolResult {
  house.ledger.finish(entry, 'dropped', 'the connection was cut')
  house.dropConnection()
  return { content: [] }
}

function worker(house: ToolHouse, extra: Extra): CallContext['work'] {
  const token = extra._meta?.progressToken
  let progress = 0
  return async (milliseconds, stages) => {
    for (const message of stages) {
      extra.signal.throwIfAborted()
      progress += 1
      if (token !== undefined) {
        const params = { progressToken: token, progress, message }
        await extra.sendNotification({ method: 'notifications/progress', params })
      }
      if (house.pace > 0) await wait((milliseconds / stages.length) * house.pace, undefined, { signal: extra.signal })
    }
  }
}
