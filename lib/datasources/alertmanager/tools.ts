import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { z } from 'zod'
import { AlertmanagerClient, type Matcher } from '@/lib/datasources/alertmanager/client'
import { DataSourceError } from '@/lib/datasources/errors'
import { formatSeriesName } from '@/lib/datasources/prometheus/series'
import type { PrometheusToolOptions } from '@/lib/datasources/prometheus/tools'
import { clip, clipAll, firstOf, lines, registerTool, sourceArgument, truncatedSchema } from '@/lib/datasources/results'
import { formatTime, parseDuration } from '@/lib/datasources/time'
import type { OpenedDataSource } from '@/lib/datasources/types'

const MAX_ITEMS = 200
const LONGEST_SILENCE_SECONDS = 30 * 86_400
const labels = z.record(z.string(), z.string())
const filter = z
  .array(z.string().min(1).max(500))
  .max(10)
  .optional()
  .describe('Matchers that must all hold, for example ["severity=\\"critical\\"", "service=~\\"api|web\\""].')
const silenceShape = z.object({
  id: z.string(),
  state: z.string(),
  matchers: z.array(z.string()),
  startsAt: z.string(),
  endsAt: z.string(),
  createdBy: z.string(),
  comment: z.string(),
})

/** Registers alertmanager_alerts, list_silences and, as a writing tool, create_silence. Nothing without a source. */
export function registerAlertmanagerTools(
  server: McpServer,
  sources: OpenedDataSource[],
  options: PrometheusToolOptions = {},
): void {
  const own = sources.filter((source) => source.type === 'alertmanager')
  if (own.length === 0) return
  const source = sourceArgument(own, (one) => new AlertmanagerClient(one, options))
  const now = options.now ?? (() => Date.now() / 1000)

  registerTool(
    server,
    {
      name: 'alertmanager_alerts',
      title: 'List alerts in Alertmanager',
      description:
        'Lists the alerts that Alertmanager holds now, with labels, annotations, since when, who is notified, and whether they are silenced or inhibited. Silenced and inhibited ones are included unless you say otherwise.',
      input: {
        source: source.schema,
        filter,
        silenced: z.boolean().optional().describe('Include silenced alerts; true by default.'),
        inhibited: z.boolean().optional().describe('Include inhibited alerts; true by default.'),
      },
      output: {
        alerts: z.array(
          z.object({
            name: z.string(),
            state: z.string(),
            labels,
            annotations: labels,
            startsAt: z.string(),
            receivers: z.array(z.string()),
            silencedBy: z.array(z.string()),
            inhibitedBy: z.array(z.string()),
          }),
        ),
        total: z.number(),
        truncated: truncatedSchema,
      },
      run: async ({ silenced = true, inhibited = true, ...input }, signal) => {
        const found = await source.pick(input.source).alerts({ filter: input.filter, silenced, inhibited }, signal)
        const { items, note } = firstOf(found, MAX_ITEMS, 'alerts', 'Narrow with "filter".')
        const alerts = items.map(({ labels: { alertname = '', ...rest }, ...alert }) => ({
          name: alertname,
          state: alert.status.state,
          labels: rest,
          annotations: clipAll(alert.annotations),
          startsAt: alert.startsAt,
          receivers: alert.receivers.map(({ name }) => name),
          silencedBy: alert.status.silencedBy ?? [],
          inhibitedBy: alert.status.inhibitedBy ?? [],
        }))
        const rows = alerts.map(
          (alert) =>
            `${alert.state} ${formatSeriesName(alert.name, alert.labels)} since ${alert.startsAt}${alert.silencedBy.length > 0 ? `, silenced by ${alert.silencedBy.join(', ')}` : ''}${alert.annotations.summary ? `: ${alert.annotations.summary}` : ''}`,
        )
        return {
          text: lines(found.length > 0 ? `${found.length} alerts` : 'No alerts.', clip(rows.join('\n'), 24_000), note),
          structured: { alerts, total: found.length, ...(note ? { truncated: true } : {}) },
        }
      },
    },
    options,
  )

  registerTool(
    server,
    {
      name: 'list_silences',
      title: 'List silences',
      description:
        "Lists Alertmanager's silences: what they match, until when, by whom and why. Expired ones only on request.",
      input: {
        source: source.schema,
        filter,
        expired: z.boolean().optional().describe('Include expired silences; false by default.'),
      },
      output: { silences: z.array(silenceShape), total: z.number(), truncated: truncatedSchema },
      run: async (input, signal) => {
        const found = (await source.pick(input.source).silences({ filter: input.filter }, signal)).filter(
          (silence) => input.expired || silence.status.state !== 'expired',
        )
        const { items, note } = firstOf(found, MAX_ITEMS, 'silences', 'Narrow with "filter".')
        const silences = items.map(({ status, matchers, comment, ...silence }) => ({
          ...silence,
          state: status.state,
          matchers: matchers.map(formatMatcher),
          comment: clip(comment, 500),
        }))
        const rows = silences.map(
          (silence) =>
            `${silence.state} ${silence.id} {${silence.matchers.join(', ')}} until ${silence.endsAt} by ${silence.createdBy}: ${silence.comment}`,
        )
        return {
          text: lines(
            found.length > 0 ? `${found.length} silences` : 'No silences.',
            clip(rows.join('\n'), 20_000),
            note,
          ),
          structured: { silences, total: found.length, ...(note ? { truncated: true } : {}) },
        }
      },
    },
    options,
  )

  registerTool(
    server,
    {
      name: 'create_silence',
      title: 'Silence alerts',
      description:
        'CHANGES Alertmanager: mutes the notifications of alerts whose labels match all matchers, from now for a time. The alerts go on being evaluated. Match as narrowly as possible (alertname and the affected instance or service), say why in the comment, and only do it when the person asked for it.',
      writes: true,
      input: {
        source: source.schema,
        matchers: z
          .array(
            z.object({
              name: z.string().min(1).max(200).describe('The label\'s name, for example "alertname".'),
              value: z.string().max(1_000),
              isRegex: z.boolean().optional().describe('The value is a regular expression; false by default.'),
              isEqual: z.boolean().optional().describe('false turns the matcher around; true by default.'),
            }),
          )
          .min(1)
          .max(20),
        duration: z.string().describe('How long, for example "2h"; at most 30d.'),
        comment: z.string().min(1).max(1_000).describe('Why, for those who find the silence later.'),
        createdBy: z.string().min(1).max(200).optional().describe('On whose behalf; "Longwatch" by default.'),
      },
      output: { id: z.string(), startsAt: z.string(), endsAt: z.string(), matchers: z.array(z.string()) },
      run: async (input, signal) => {
        const seconds = parseDuration(input.duration, 'duration')
        if (seconds > LONGEST_SILENCE_SECONDS)
          throw new DataSourceError('bad_query', 'A silence may last at most 30d: choose a shorter "duration".')
        const matchers = input.matchers.map(({ isRegex = false, isEqual = true, ...rest }) => ({
          ...rest,
          isRegex,
          isEqual,
        }))
        const startsAt = formatTime(now())
        const endsAt = formatTime(now() + seconds)
        const createdBy = input.createdBy ?? 'Longwatch'
        const silence = { matchers, startsAt, endsAt, createdBy, comment: input.comment }
        const id = await source.pick(input.source).createSilence(silence, signal)
        const written = matchers.map(formatMatcher)
        return {
          text: `Silence ${id} mutes {${written.join(', ')}} until ${endsAt}.`,
          structured: { id, startsAt, endsAt, matchers: written },
        }
      },
    },
    options,
  )
}

/** `name="value"`, as Alertmanager writes matchers. */
function formatMatcher({ name, value, isRegex, isEqual }: Matcher): string {
  const operator = isRegex ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!='
  return `${name}${operator}${JSON.stringify(value)}`
}
