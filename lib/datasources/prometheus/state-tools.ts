import { z } from 'zod'
import { quoteUpstream } from '@/lib/datasources/errors'
import type { Alert } from '@/lib/datasources/prometheus/schemas'
import { readValue } from '@/lib/datasources/prometheus/schemas'
import { formatSeriesName, formatValue } from '@/lib/datasources/prometheus/series'
import { formatDuration } from '@/lib/datasources/prometheus/step'
import type { PrometheusTools } from '@/lib/datasources/prometheus/tools'
import { clip, clipAll, firstOf, lines, registerTool, truncatedSchema } from '@/lib/datasources/results'

const MAX_ITEMS = 200
const labels = z.record(z.string(), z.string())
const contains = (what: string) => z.string().max(200).optional().describe(`Only ${what} containing this text.`)
const includes = (text: string, part: string | undefined) => text.toLowerCase().includes((part ?? '').toLowerCase())

export function registerStateTools({ server, source, options }: PrometheusTools): void {
  registerTool(
    server,
    {
      name: 'targets',
      title: 'List scrape targets',
      description:
        "Lists what Prometheus scrapes and whether it answers: job, instance, health (up, down, unknown) and the last scrape's error. Use it when data is missing or an instance may be down.",
      input: {
        source: source.schema,
        health: z.enum(['up', 'down', 'unknown']).optional().describe('Only targets of this health.'),
        job: z.string().max(200).optional().describe('Only targets of exactly this job.'),
      },
      output: {
        targets: z.array(
          z.object({
            job: z.string(),
            instance: z.string(),
            health: z.string(),
            labels,
            scrapeUrl: z.string(),
            lastScrape: z.string(),
            lastScrapeSeconds: z.number(),
            lastError: z.string().optional(),
          }),
        ),
        total: z.number(),
        truncated: truncatedSchema,
      },
      run: async (input, signal) => {
        const { data } = await source.pick(input.source).targets({}, signal)
        const wanted = data.activeTargets.filter(
          (target) =>
            (input.health === undefined || target.health === input.health) &&
            (input.job === undefined || (target.labels.job ?? target.scrapePool) === input.job),
        )
        // What is broken comes first, so that a cut never hides it.
        wanted.sort((one, other) => Number(one.health === 'up') - Number(other.health === 'up'))
        const { items, note } = firstOf(wanted, MAX_ITEMS, 'targets', 'Narrow with "health" or "job".')
        const targets = items.map((target) => ({
          job: target.labels.job ?? target.scrapePool,
          instance: target.labels.instance ?? '',
          health: target.health,
          labels: target.labels,
          scrapeUrl: withoutSecrets(target.scrapeUrl),
          lastScrape: target.lastScrape,
          lastScrapeSeconds: target.lastScrapeDuration,
          ...(target.lastError ? { lastError: quoteUpstream(target.lastError, 200) } : {}),
        }))
        const rows = targets.map(
          ({ job, instance, health, lastError }) => `${health} ${job} ${instance}${lastError ? `: ${lastError}` : ''}`,
        )
        const up = wanted.filter(({ health }) => health === 'up').length
        return {
          text: lines(`${wanted.length} targets, ${up} of them up`, clip(rows.join('\n'), 20_000), note),
          structured: { targets, total: wanted.length, ...(note ? { truncated: true } : {}) },
        }
      },
    },
    options,
  )

  registerTool(
    server,
    {
      name: 'rules',
      title: 'List alerting and recording rules',
      description:
        'Lists the rules that Prometheus evaluates: alerting rules with their expression, how long it must hold, state (firing, pending, inactive) and annotations; recording rules with their expression. Use it to learn what an alert means or which precomputed metrics exist.',
      input: {
        source: source.schema,
        type: z.enum(['alerting', 'recording']).optional(),
        state: z.enum(['firing', 'pending', 'inactive']).optional().describe('Only alerting rules in this state.'),
        name: contains('rules whose name or group is'),
      },
      output: {
        rules: z.array(
          z.object({
            type: z.string(),
            name: z.string(),
            group: z.string(),
            query: z.string(),
            labels,
            annotations: labels,
            state: z.string().optional(),
            forSeconds: z.number().optional(),
            health: z.string(),
            lastError: z.string().optional(),
            active: z.number(),
          }),
        ),
        total: z.number(),
        truncated: truncatedSchema,
      },
      run: async (input, signal) => {
        const type =
          input.state || input.type === 'alerting' ? 'alert' : input.type === 'recording' ? 'record' : undefined
        const { data } = await source.pick(input.source).rules({ type }, signal)
        const wanted = data.groups
          .flatMap((group) => group.rules.map((rule) => ({ ...rule, group: group.name })))
          .filter(
            (rule) =>
              (input.type === undefined || rule.type === input.type) &&
              (input.state === undefined || rule.state === input.state) &&
              (includes(rule.name, input.name) || includes(rule.group, input.name)),
          )
        const { items, note } = firstOf(wanted, MAX_ITEMS, 'rules', 'Narrow with "type", "state" or "name".')
        const rules = items.map((rule) => ({
          type: rule.type,
          name: rule.name,
          group: rule.group,
          query: clip(rule.query, 2_000),
          labels: rule.labels,
          annotations: clipAll(rule.annotations),
          ...(rule.state ? { state: rule.state, forSeconds: rule.duration } : {}),
          health: rule.health,
          ...(rule.lastError ? { lastError: quoteUpstream(rule.lastError, 200) } : {}),
          active: rule.alerts.length,
        }))
        const rows = rules.map((rule) =>
          rule.type === 'recording'
            ? `recording ${rule.name} = ${rule.query}`
            : `${rule.state ?? 'unknown'} ${rule.name}: ${rule.query}${rule.forSeconds ? ` for ${formatDuration(rule.forSeconds)}` : ''}${rule.annotations.summary ? ` (${rule.annotations.summary})` : ''}${rule.lastError ? ` ERROR: ${rule.lastError}` : ''}`,
        )
        return {
          text: lines(`${wanted.length} rules`, clip(rows.join('\n'), 24_000), note),
          structured: { rules, total: wanted.length, ...(note ? { truncated: true } : {}) },
        }
      },
    },
    options,
  )

  registerTool(
    server,
    {
      name: 'alerts',
      title: 'List active alerts',
      description:
        'Lists the alerts that are firing or pending in Prometheus now, with labels, annotations, since when and the value that triggered them. Start here for "what is wrong" and "what is firing".',
      input: {
        source: source.schema,
        state: z.enum(['firing', 'pending']).optional(),
        name: contains('alerts whose name is'),
      },
      output: {
        alerts: z.array(
          z.object({
            name: z.string(),
            state: z.string(),
            activeAt: z.string().nullable(),
            value: z.number().nullable(),
            labels,
            annotations: labels,
          }),
        ),
        total: z.number(),
        truncated: truncatedSchema,
      },
      run: async (input, signal) => {
        const { data } = await source.pick(input.source).alerts(signal)
        const wanted = data.alerts.filter(
          (alert) =>
            (input.state === undefined || alert.state === input.state) &&
            includes(alert.labels.alertname ?? '', input.name),
        )
        wanted.sort((one, other) => Number(one.state !== 'firing') - Number(other.state !== 'firing'))
        const { items, note } = firstOf(wanted, MAX_ITEMS, 'alerts', 'Narrow with "state" or "name".')
        const alerts = items.map(toAlert)
        const rows = alerts.map(
          (alert) =>
            `${alert.state} ${formatSeriesName(alert.name, alert.labels)} since ${alert.activeAt ?? 'unknown'}, value ${formatValue(alert.value)}${alert.annotations.summary ? `: ${alert.annotations.summary}` : ''}`,
        )
        return {
          text: lines(
            wanted.length > 0 ? `${wanted.length} alerts` : 'No alerts are active.',
            clip(rows.join('\n'), 24_000),
            note,
          ),
          structured: { alerts, total: wanted.length, ...(note ? { truncated: true } : {}) },
        }
      },
    },
    options,
  )
}

function toAlert(alert: Alert) {
  const { alertname = '', ...rest } = alert.labels
  const value = readValue(alert.value)
  return {
    name: alertname,
    state: alert.state,
    activeAt: alert.activeAt ?? null,
    value: Number.isFinite(value) ? value : null,
    labels: rest,
    annotations: clipAll(alert.annotations),
  }
}

/** A scrape address may carry a password or a token as parameter. */
function withoutSecrets(address: string): string {
  if (!URL.canParse(address)) return ''
  const { protocol, host, pathname } = new URL(address)
  return `${protocol}//${host}${pathname}`
}
