import { z } from 'zod'

/** The shapes of Prometheus' answers, as far as they are used. */

export type LabelSet = Record<string, string>
const labelSet = z.record(z.string(), z.string())
/** Prometheus answers `null` for an empty list in places. */
const listOf = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? [])

export const namesSchema = listOf(z.string())
export const labelSetsSchema = listOf(labelSet)

const metadataItem = z.object({ type: z.string(), help: z.string(), unit: z.string().default('') })
export const metadataSchema = z.record(z.string(), z.array(metadataItem))
export type MetricMetadata = z.output<typeof metadataItem>

const target = z.object({
  labels: labelSet,
  scrapePool: z.string().default(''),
  scrapeUrl: z.string().default(''),
  lastError: z.string().default(''),
  lastScrape: z.string().default(''),
  lastScrapeDuration: z.number().default(0),
  health: z.string(),
  scrapeInterval: z.string().default(''),
})
export const targetsSchema = z.object({ activeTargets: listOf(target), droppedTargets: listOf(z.unknown()) })
export type Target = z.output<typeof target>
export type Targets = z.output<typeof targetsSchema>

const alert = z.object({
  labels: labelSet,
  annotations: labelSet.default({}),
  state: z.string(),
  activeAt: z.string().nullish(),
  value: z.string().default(''),
})
export const alertsSchema = z.object({ alerts: listOf(alert) })
export type Alert = z.output<typeof alert>

const rule = z.object({
  type: z.enum(['alerting', 'recording']),
  name: z.string(),
  query: z.string(),
  labels: labelSet.default({}),
  annotations: labelSet.default({}),
  /** Seconds that the condition must hold before the alert fires. */
  duration: z.number().default(0),
  state: z.string().optional(),
  health: z.string().default('unknown'),
  lastError: z.string().default(''),
  alerts: listOf(alert),
})
const ruleGroup = z.object({
  name: z.string(),
  file: z.string().default(''),
  interval: z.number(),
  rules: listOf(rule),
})
export const rulesSchema = z.object({ groups: listOf(ruleGroup) })
export type Rule = z.output<typeof rule>
export type RuleGroup = z.output<typeof ruleGroup>

export const buildInfoSchema = z.object({ version: z.string() })
export type BuildInfo = z.output<typeof buildInfoSchema>

/** Points are checked by hand below: there may be hundreds of thousands. */
const points = z.array(z.unknown()).optional()
const sampled = z.object({
  metric: labelSet,
  value: z.unknown().optional(),
  values: points,
  histogram: z.unknown().optional(),
  histograms: points,
})
export const queryDataSchema = z.discriminatedUnion('resultType', [
  z.object({ resultType: z.literal('matrix'), result: listOf(sampled) }),
  z.object({ resultType: z.literal('vector'), result: listOf(sampled) }),
  z.object({ resultType: z.literal('scalar'), result: z.unknown() }),
  z.object({ resultType: z.literal('string'), result: z.unknown() }),
])

/** A value at a time in unix seconds; it may be NaN or infinite. */
export type Sample = [time: number, value: number]
export interface SampledSeries {
  /** `__name__` included. */
  labels: LabelSet
  samples: Sample[]
}
export type QueryData =
  /** `histograms`: how many series were native histograms, which have no single value and are left out. */
  | { kind: 'matrix' | 'vector'; series: SampledSeries[]; histograms: number }
  | { kind: 'scalar'; sample: Sample }
  | { kind: 'string'; text: string }

/** Prometheus writes values as strings: `"1.5"`, `"NaN"`, `"+Inf"`. */
export function readValue(text: unknown): number {
  if (text === '+Inf' || text === 'Inf') return Number.POSITIVE_INFINITY
  if (text === '-Inf') return Number.NEGATIVE_INFINITY
  return typeof text === 'string' && text !== '' ? Number(text) : Number.NaN
}

function readSample(pair: unknown): Sample | null {
  return Array.isArray(pair) && typeof pair[0] === 'number' ? [pair[0], readValue(pair[1])] : null
}

export function readQueryData(data: z.output<typeof queryDataSchema>): QueryData {
  if (data.resultType === 'string') {
    const text: unknown = Array.isArray(data.result) ? data.result[1] : undefined
    return { kind: 'string', text: typeof text === 'string' ? text : '' }
  }
  if (data.resultType === 'scalar') return { kind: 'scalar', sample: readSample(data.result) ?? [0, Number.NaN] }
  const series: SampledSeries[] = []
  let histograms = 0
  for (const item of data.result) {
    const samples = (item.values ?? (item.value === undefined ? [] : [item.value]))
      .map(readSample)
      .filter((sample) => sample !== null)
    if (samples.length > 0) series.push({ labels: item.metric, samples })
    else if (item.histogram !== undefined || item.histograms !== undefined) histograms++
  }
  return { kind: data.resultType, series, histograms }
}
