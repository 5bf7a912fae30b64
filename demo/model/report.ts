import { trendsOf } from './analysis.ts'
import type { Conversation, Language } from './conversation.ts'
import type { Findings } from './findings.ts'
import { type Intent, say } from './intents.ts'
import { findTool, isToolNamed } from './protocol.ts'
import { clock, join, reportGaps, serviceTable, table } from './report-parts.ts'

/** What this model is and can do. */
export function reportDecline(language: Language): string {
  return say(
    language,
    `I cannot answer that: I am a **scripted demo model, not a language model**. What I can do with the tools of this demo:

- find the cause of the shop's trouble ("Why is checkout slow?")
- tell which services are slow
- tell which alerts are firing
- restart a service or silence an alert, when you are allowed to

Configure a real model to ask anything else.`,
    `Das kann ich nicht beantworten: Ich bin ein **geskriptetes Demo-Modell, kein Sprachmodell**. Mit den Werkzeugen dieser Demo kann ich:

- die Ursache der Störung im Shop finden („Warum ist der Checkout langsam?“)
- sagen, welche Dienste langsam sind
- sagen, welche Alarme feuern
- einen Dienst neu starten oder einen Alarm stummschalten, wenn Sie das dürfen

Für alles andere braucht es ein echtes Modell.`,
  )
}

/** The answer to "which services are slow". */
export function reportSlowServices(language: Language, findings: Findings, missing: string[]): string {
  const slow = trendsOf(findings, 'latency_p95_seconds').filter(
    (trend) => trend.changedAt !== null && trend.now > trend.before,
  )
  const shown = serviceTable(language, findings)
  const names = slow
    .sort((one, other) => other.now / other.before - one.now / one.before)
    .map((trend) => trend.service)
    .join(', ')
  const headline = !shown
    ? say(language, 'I have no latencies to judge by.', 'Ich habe keine Latenzen, nach denen ich urteilen könnte.')
    : slow.length > 0
      ? say(language, `**Slower than usual: ${names}.**`, `**Langsamer als sonst: ${names}.**`)
      : say(language, 'No service is slower than usual.', 'Kein Dienst ist langsamer als sonst.')
  return join([headline, shown, reportGaps(language, findings, missing)])
}

/** The answer to "what is firing". */
export function reportFiring(language: Language, findings: Findings, missing: string[]): string {
  const active = findings.alerts.filter((alert) => alert.state === 'firing' || alert.state === 'silenced')
  const firing = active.filter((alert) => alert.state === 'firing')
  const rows = active.map((alert) => [
    alert.alert,
    alert.service,
    alert.severity,
    alert.state,
    alert.since === null ? '–' : clock(alert.since),
    alert.summary,
  ])
  const head =
    language === 'de'
      ? ['Alarm', 'Dienst', 'Schwere', 'Zustand', 'Seit', 'Bedeutung']
      : ['Alert', 'Service', 'Severity', 'State', 'Since', 'Meaning']
  const asked = findings.alerts.length > 0
  const headline = !asked
    ? say(language, 'I could not read the alerts.', 'Ich konnte die Alarme nicht lesen.')
    : say(language, `**${firing.length} alerts are firing.**`, `**${firing.length} Alarme feuern.**`)
  return join([headline, rows.length > 0 ? table(head, rows) : null, reportGaps(language, findings, missing)])
}

/** What became of a restart or a silence that was asked for. */
export function reportAction(
  language: Language,
  intent: Extract<Intent, { kind: 'restart' | 'silence' }>,
  { tools, exchanges }: Conversation,
  findings: Findings,
): string {
  const name = intent.kind === 'restart' ? 'restart_service' : 'silence_alert'
  const done = exchanges.findLast((exchange) => isToolNamed(exchange.tool, name))
  if (done) {
    const failure = findings.failures.find((one) => one.tool === done.tool)
    if (failure) {
      return say(
        language,
        `**Not confirmed.** \`${done.tool}\` answered: ${failure.message}`,
        `**Nicht bestätigt.** \`${done.tool}\` antwortete: ${failure.message}`,
      )
    }
    const told = (done.content ?? '').split('\n')[0]?.slice(0, 300) ?? ''
    return say(
      language,
      `**Done.** \`${done.tool}\` answered: ${told}`,
      `**Erledigt.** \`${done.tool}\` antwortete: ${told}`,
    )
  }
  if (!findTool(tools, name)) {
    return say(
      language,
      `\`${name}\` is **not available to you**: your role does not offer it, so nothing was changed.`,
      `\`${name}\` steht Ihnen **nicht zur Verfügung**: Ihre Rolle bietet es nicht an, es wurde nichts verändert.`,
    )
  }
  const firing = findings.alerts.filter((alert) => alert.state === 'firing').map((alert) => alert.alert)
  if (intent.kind === 'silence') {
    return say(
      language,
      `Which alert? Firing are: ${firing.join(', ') || 'none'}. Nothing was changed.`,
      `Welchen Alarm? Es feuern: ${firing.join(', ') || 'keine'}. Es wurde nichts verändert.`,
    )
  }
  return say(
    language,
    'Which service? Name it as the shop does. Nothing was changed.',
    'Welchen Dienst? Bitte beim Namen nennen. Es wurde nichts verändert.',
  )
}
