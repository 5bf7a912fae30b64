import { causeOf, degradedServices, onsetOf, suspectOf } from './analysis.ts'
import type { Conversation } from './conversation.ts'
import { type Findings, readFindings, wasCalled } from './findings.ts'
import { enumOf, type Intent, intentOf, say } from './intents.ts'
import { findTool, type Reply } from './protocol.ts'
import { reportAction, reportDecline, reportFiring, reportSlowServices } from './report.ts'
import { reportCause } from './report-cause.ts'

interface Wanted {
  tool: string
  arguments: Record<string, unknown>
}

interface Stage {
  reasoning: string
  text: string
  wanted: Wanted[]
}

/** The next response: the calls of the next stage that the offered tools allow, or the answer. */
export function nextReply(conversation: Conversation): Reply {
  const { question, tools, exchanges, mayCall, language } = conversation
  const intent = intentOf(question, tools)
  const findings = readFindings(exchanges)
  if (intent.kind === 'other')
    return answer(
      say(language, 'This is none of my scripts.', 'Das ist keines meiner Skripte.'),
      reportDecline(language),
    )
  const stages = mayCall ? stagesOf(intent, conversation, findings) : []
  for (const stage of stages) {
    const open = stage.wanted.filter((wanted) => !wasCalled(exchanges, wanted.tool, markOf(wanted)))
    if (open.length < stage.wanted.length) continue
    const calls = open.flatMap((wanted) => {
      const tool = findTool(tools, wanted.tool)
      return tool ? [{ name: tool.name, arguments: JSON.stringify(wanted.arguments) }] : []
    })
    if (calls.length > 0) return { reasoning: stage.reasoning, text: stage.text, calls }
  }
  return conclude(intent, conversation, findings)
}

/** What tells two calls of one tool apart, whatever else their arguments hold. */
const markOf = ({ arguments: args }: Wanted): string => {
  const mark = args.metric ?? args.trace_id ?? args.level ?? args.service
  return mark === undefined ? '' : JSON.stringify(mark)
}

const answer = (reasoning: string, text: string): Reply => ({ reasoning, text, calls: [] })

function conclude(intent: Intent, conversation: Conversation, findings: Findings): Reply {
  const { language } = conversation
  const missing = missingTools(intent, conversation)
  switch (intent.kind) {
    case 'slow-services':
      return answer(
        say(language, 'Now I compare now with before.', 'Jetzt vergleiche ich mit vorher.'),
        reportSlowServices(language, findings, missing),
      )
    case 'firing':
      return answer(
        say(language, 'The states are known.', 'Die Zustände sind bekannt.'),
        reportFiring(language, findings, missing),
      )
    case 'restart':
    case 'silence':
      return answer('', reportAction(language, intent, conversation, findings))
    default: {
      const cause = causeOf(findings)
      const thought = say(
        language,
        `I have ${findings.series.length} series, ${findings.logs.length} log lines, ${findings.details.length} whole traces and ${findings.deployments.length} changes. ${cause ? `They point at ${cause.service}.` : 'Nothing stands out.'}`,
        `Ich habe ${findings.series.length} Zeitreihen, ${findings.logs.length} Logzeilen, ${findings.details.length} ganze Traces und ${findings.deployments.length} Änderungen. ${cause ? `Sie weisen auf ${cause.service}.` : 'Nichts fällt auf.'}`,
      )
      return answer(thought, reportCause(language, cause, findings, missing))
    }
  }
}

const NEEDED: Record<Intent['kind'], string[]> = {
  cause: [
    'list_alerts',
    'list_services',
    'list_deployments',
    'query_metrics',
    'query_logs',
    'search_traces',
    'get_trace',
  ],
  'slow-services': ['query_metrics'],
  firing: ['list_alerts'],
  restart: ['restart_service'],
  silence: ['silence_alert'],
  other: [],
}

/** Tools that the task wants and that were neither offered nor called: they are named in the answer. */
function missingTools(intent: Intent, { tools, exchanges }: Conversation): string[] {
  // Told to conclude, the model is offered nothing: that says nothing about what the asker may use.
  if (tools.length === 0 && exchanges.length > 0) return []
  return NEEDED[intent.kind].filter((name) => !findTool(tools, name) && !wasCalled(exchanges, name))
}

function stagesOf(intent: Intent, conversation: Conversation, findings: Findings): Stage[] {
  const { language } = conversation
  switch (intent.kind) {
    case 'cause':
      return causeStages(conversation, findings)
    case 'slow-services':
      return [
        {
          reasoning: say(
            language,
            'Latency of all services over six hours shows who is slower than usual.',
            'Die Latenz aller Dienste über sechs Stunden zeigt, wer langsamer ist als sonst.',
          ),
          text: '',
          wanted: [metric('latency_p95_seconds'), metric('error_rate')],
        },
      ]
    case 'firing':
      return [
        {
          reasoning: say(language, 'The alerts tell.', 'Das sagen die Alarme.'),
          text: '',
          wanted: [call('list_alerts')],
        },
      ]
    case 'restart': {
      if (intent.service === null) return []
      const reason = say(language, 'Asked for in a conversation', 'In einer Unterhaltung gewünscht')
      return [{ reasoning: '', text: '', wanted: [call('restart_service', { service: intent.service, reason })] }]
    }
    case 'silence':
      return silenceStages(intent, conversation, findings)
    case 'other':
      return []
  }
}

const call = (tool: string, args: Record<string, unknown> = {}): Wanted => ({ tool, arguments: args })
const metric = (name: string): Wanted => call('query_metrics', { metric: name, from: '-6h' })
const iso = (seconds: number) => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`

function silenceStages(
  intent: Extract<Intent, { kind: 'silence' }>,
  { language, tools }: Conversation,
  findings: Findings,
): Stage[] {
  if (!findTool(tools, 'silence_alert')) return []
  const firing = findings.alerts.filter((alert) => alert.state === 'firing')
  const wordless = { reasoning: '', text: '' }
  const list = { ...wordless, wanted: [call('list_alerts')] }
  const alert = intent.alert ?? (firing.length === 1 ? firing[0]?.alert : undefined)
  if (!alert) return [list]
  const reason = say(language, 'Asked for in a conversation', 'In einer Unterhaltung gewünscht')
  return [
    {
      ...wordless,
      wanted: [call('silence_alert', { alert, duration_minutes: Math.min(1440, intent.minutes), reason })],
    },
  ]
}

function causeStages({ language, tools }: Conversation, findings: Findings): Stage[] {
  const offered = findTool(tools, 'query_metrics')
  const known = offered ? enumOf(offered, 'metric') : []
  const metrics = (names: string[]) => names.filter((name) => known.length === 0 || known.includes(name)).map(metric)
  const degraded = degradedServices(findings)
  const suspect = suspectOf(findings)
  const onset = onsetOf(findings)
  const since = onset === null ? '-3h' : iso(onset - 600)
  const slowest = [...findings.traces].sort((one, other) => other.durationMs - one.durationMs)[0]
  const names = degraded.length > 0 ? degraded.join(', ') : say(language, 'no service yet', 'noch keinen Dienst')
  const change = findings.deployments.filter((one) => one.service === suspect && one.kind !== 'restart').at(-1)

  const stages: Stage[] = [
    {
      reasoning: say(
        language,
        'First the overview: what is alerting, how the services depend on each other, and what was changed lately.',
        'Zuerst der Überblick: was alarmiert, wie die Dienste voneinander abhängen und was zuletzt geändert wurde.',
      ),
      text: say(
        language,
        'I look at alerts, services and recent changes first.',
        'Ich sehe mir zuerst Alarme, Dienste und letzte Änderungen an.',
      ),
      wanted: [call('list_alerts', { state: 'all' }), call('list_services'), call('list_deployments', { from: '-6h' })],
    },
    {
      reasoning: say(
        language,
        `${findings.alerts.filter((one) => one.state === 'firing').length} alerts are firing. Latency and errors of all services tell who suffers, and since when.`,
        `${findings.alerts.filter((one) => one.state === 'firing').length} Alarme feuern. Latenz und Fehler aller Dienste zeigen, wer leidet und seit wann.`,
      ),
      text: '',
      wanted: metrics(['latency_p95_seconds', 'error_rate']),
    },
    {
      reasoning: say(
        language,
        `The metrics show ${names} degraded${onset === null ? '' : ` since about ${clock(onset)}`}. What saturates: CPU, connections? The slowest traces and the warnings of that time belong to it.`,
        `Die Metriken zeigen Probleme bei: ${names}${onset === null ? '' : `, seit etwa ${clock(onset)}`}. Was ist ausgelastet: CPU, Verbindungen? Dazu die langsamsten Traces und die Warnungen aus der Zeit.`,
      ),
      text: '',
      wanted: [
        ...metrics(['cpu_usage', 'db_pool_in_use', 'db_pool_max']),
        call('search_traces', {
          ...(degraded.includes('checkout') ? { operation: 'checkout' } : {}),
          from: since,
          order: 'slowest',
          limit: 5,
        }),
        call('query_logs', { level: 'warn', from: since, limit: 60 }),
      ],
    },
  ]
  const around = change ? { from: iso(change.at - 120), to: iso(change.at + 180) } : { from: since }
  const deeper: Wanted[] = [
    ...(slowest ? [call('get_trace', { trace_id: slowest.traceId })] : []),
    ...(suspect ? [call('query_logs', { service: suspect, level: 'info', ...around, limit: 60 })] : []),
    ...metrics(['db_query_p95_seconds']),
  ]
  stages.push({
    reasoning: say(
      language,
      `${suspect ?? 'No service'} is the deepest that suffers. Its log ${change ? `around the deployment of ${change.version} ` : ''}and the slowest trace in full should tell why; and I check whether the database itself is slow.`,
      `${suspect ?? 'Kein Dienst'} liegt am tiefsten unter den betroffenen. Sein Log ${change ? `um die Auslieferung von ${change.version} ` : ''}und der langsamste Trace im Ganzen sollten zeigen, warum; und ich prüfe, ob die Datenbank selbst langsam ist.`,
    ),
    text: '',
    wanted: deeper,
  })
  return stages
}

const clock = (seconds: number) => `${iso(seconds).slice(11, 16)} UTC`
