import { type Cause, degradedServices, type RedHerring, redHerringsOf, trendsOf } from './analysis.ts'
import type { Language } from './conversation.ts'
import type { Findings } from './findings.ts'
import { say } from './intents.ts'
import { clock, join, reportGaps, seconds, serviceTable } from './report-parts.ts'

/** The answer to a question for the cause. */
export function reportCause(language: Language, cause: Cause | null, findings: Findings, missing: string[]): string {
  const gaps = reportGaps(language, findings, missing)
  if (!cause) {
    const nothing = say(
      language,
      'I found no cause: what I could read shows nothing out of the ordinary, or I could read nothing.',
      'Ich habe keine Ursache gefunden: Was ich lesen konnte, zeigt nichts Auffälliges, oder ich konnte nichts lesen.',
    )
    return join([nothing, serviceTable(language, findings), gaps])
  }
  const evidence = evidenceOf(language, cause, findings)
  const herrings = redHerringsOf(findings, cause).map((one) => herringLine(language, one))
  return join([
    `**${say(language, 'Cause', 'Ursache')}: ${headlineOf(language, cause, findings)}**`,
    serviceTable(language, findings),
    evidence.length > 0
      ? `### ${say(language, 'What shows it', 'Was dafür spricht')}\n\n${evidence.map((one) => `- ${one}`).join('\n')}`
      : null,
    herrings.length > 0
      ? `### ${say(language, 'Looked at and ruled out', 'Geprüft und ausgeschlossen')}\n\n${herrings.map((one) => `- ${one}`).join('\n')}`
      : null,
    remedyOf(language, cause),
    gaps,
  ])
}

function headlineOf(language: Language, { service, deployment, limit }: Cause, findings: Findings): string {
  const others = degradedServices(findings).filter((one) => one !== service)
  const along = others.length > 0 ? others.join(say(language, ' and ', ' und ')) : null
  const release = deployment && `${deployment.service} ${deployment.version} (${clock(deployment.at)})`
  if (limit && release) {
    const from = limit.from === null ? '' : say(language, ` from ${limit.from}`, ` von ${limit.from}`)
    const to = say(language, ` to ${limit.to}`, ` auf ${limit.to}`)
    return say(
      language,
      `the deployment of ${release} lowered its database connection pool${from}${to}. The pool is exhausted, so ${service} waits for connections and fails${along ? `, and ${along} with it` : ''}.`,
      `Die Auslieferung von ${release} hat den Pool der Datenbankverbindungen${from}${to} verkleinert. Der Pool ist erschöpft, daher wartet ${service} auf Verbindungen und scheitert${along ? `, und ${along} mit ihm` : ''}.`,
    )
  }
  if (release) {
    return say(
      language,
      `most likely the deployment of ${release}: the trouble began right after it. What exactly it broke I could not see.`,
      `höchstwahrscheinlich die Auslieferung von ${release}: Die Störung begann gleich danach. Was genau sie beschädigt hat, konnte ich nicht sehen.`,
    )
  }
  if (limit) {
    return say(
      language,
      `${service} has only ${limit.to} database connections left and waits for them; what lowered them I could not see.`,
      `${service} hat nur noch ${limit.to} Datenbankverbindungen und wartet auf sie; was sie verringert hat, konnte ich nicht sehen.`,
    )
  }
  return say(
    language,
    `it lies in ${service}; more I could not see.`,
    `Sie liegt bei ${service}; mehr konnte ich nicht sehen.`,
  )
}

function evidenceOf(language: Language, cause: Cause, findings: Findings): string[] {
  const { service, onset, deployment, limit, inUse, error, trace } = cause
  const lines: string[] = []
  if (deployment && onset !== null) {
    lines.push(
      say(
        language,
        `**Deployments:** ${service} went from ${deployment.previousVersion} to ${deployment.version} at ${clock(deployment.at)}; by ${clock(onset)} latencies and errors had risen.`,
        `**Auslieferungen:** ${service} wechselte um ${clock(deployment.at)} von ${deployment.previousVersion} auf ${deployment.version}; um ${clock(onset)} waren Latenzen und Fehler gestiegen.`,
      ),
    )
  }
  if (limit?.from != null) {
    const used =
      inUse === null
        ? ''
        : say(
            language,
            `; ${inUse} of ${limit.to} are in use, without a break`,
            `; ${inUse} von ${limit.to} sind belegt, ohne Pause`,
          )
    lines.push(
      say(
        language,
        `**Metrics:** \`db_pool_max\` of ${service} fell from ${limit.from} to ${limit.to}${used}.`,
        `**Metriken:** \`db_pool_max\` von ${service} fiel von ${limit.from} auf ${limit.to}${used}.`,
      ),
    )
  }
  if (limit?.setting) {
    lines.push(
      say(
        language,
        `**Logs:** at its start ${service} loaded \`${limit.setting}=${limit.to}\`.`,
        `**Logs:** Beim Start hat ${service} \`${limit.setting}=${limit.to}\` geladen.`,
      ),
    )
  }
  if (error) {
    lines.push(
      say(
        language,
        `**Logs:** ${error.count} times in what I read: \`${error.message}\``,
        `**Logs:** ${error.count}-mal in dem, was ich gelesen habe: \`${error.message}\``,
      ),
    )
  }
  if (trace) {
    const { detail, span, selfMs } = trace
    lines.push(
      say(
        language,
        `**Traces:** in \`${detail.traceId}\` (${detail.operation}, ${detail.durationMs} ms) ${selfMs} ms were spent in ${span.service} \`${span.operation}\`.`,
        `**Traces:** In \`${detail.traceId}\` (${detail.operation}, ${detail.durationMs} ms) gingen ${selfMs} ms in ${span.service} \`${span.operation}\` verloren.`,
      ),
    )
  }
  const query = trendsOf(findings, 'db_query_p95_seconds').find((trend) => trend.service === service)
  if (query && query.changedAt === null) {
    lines.push(
      say(
        language,
        `The database itself is quick: queries take ${seconds(query.now)} (p95), as before.`,
        `Die Datenbank selbst ist schnell: Abfragen dauern ${seconds(query.now)} (p95), wie zuvor.`,
      ),
    )
  }
  return lines
}

function herringLine(language: Language, { kind, service, at, detail }: RedHerring): string {
  switch (kind) {
    case 'cpu':
      return say(
        language,
        `CPU of ${service} reached ${detail} at ${clock(at)}, yet its latency stayed as usual.`,
        `Die CPU von ${service} erreichte um ${clock(at)} ${detail}, seine Latenz blieb aber wie sonst.`,
      )
    case 'deployment':
      return say(
        language,
        `${service} ${detail} was deployed at ${clock(at)}, but the trouble is not in its traces or its latency.`,
        `${service} ${detail} wurde um ${clock(at)} ausgeliefert, die Störung liegt aber nicht in seinen Traces oder seiner Latenz.`,
      )
    case 'warning':
      return say(
        language,
        `${detail} (${service}) has been firing since ${clock(at)}, long before.`,
        `${detail} (${service}) feuert seit ${clock(at)}, also schon lange vorher.`,
      )
  }
}

function remedyOf(language: Language, { deployment, limit }: Cause): string | null {
  if (!deployment) return null
  const setting =
    limit?.from == null
      ? ''
      : say(
          language,
          `, or set \`${limit.setting ?? 'the pool'}\` to ${limit.from} again`,
          `, oder \`${limit.setting ?? 'den Pool'}\` wieder auf ${limit.from} setzen`,
        )
  return say(
    language,
    `Next: roll ${deployment.service} back to ${deployment.previousVersion}${setting}. A restart would not help, it loads the same setting. I have changed nothing.`,
    `Nächster Schritt: ${deployment.service} auf ${deployment.previousVersion} zurücknehmen${setting}. Ein Neustart hilft nicht, er lädt dieselbe Einstellung. Ich habe nichts verändert.`,
  )
}
