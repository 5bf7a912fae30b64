import { z } from 'zod'
import type { Series } from '@/components/evidence/series'

const seriesSchema = z.object({
  name: z.string().max(1000),
  labels: z.record(z.string(), z.string()).catch({}),
  unit: z.string().max(40).optional().catch(undefined),
  points: z.array(z.tuple([z.number(), z.number().nullable()])).max(200_000),
})
const resultSchema = z.object({ series: z.array(seriesSchema).min(1).max(500) })

/** The series of a result's JSON text; null when it is something else or not whole. */
export function parseSeries(text: string): Series[] | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  const parsed = resultSchema.safeParse(value)
  if (!parsed.success) return null
  const drawn = parsed.data.series.filter((series) => series.points.some(([, point]) => point !== null))
  return drawn.length > 0 ? drawn : null
}
