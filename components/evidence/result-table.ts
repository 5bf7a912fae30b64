import type { Table } from '@/components/evidence/read-table'
import type { Recognised } from '@/components/evidence/recognise'
import { seriesTitles } from '@/components/evidence/series'

const instant = (time: number | null) => {
  const date = new Date(time ?? Number.NaN)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

/** A recognised result as one table, for the table view and for CSV; null for what is no table. */
export function resultTable(result: Recognised): Table | null {
  switch (result.kind) {
    case 'table':
      return result.table
    case 'series': {
      const titles = seriesTitles(result.series)
      return {
        columns: ['time', 'series', 'value', 'unit'],
        rows: result.series.flatMap(({ points, unit }, index) =>
          points.map(([time, value]) => [instant(time * 1000), titles[index], value, unit ?? '']),
        ),
      }
    }
    case 'logs': {
      const keys = [...new Set(result.lines.flatMap((line) => line.fields.map(([key]) => key)))].slice(0, 60)
      return {
        columns: ['time', 'level', 'message', ...keys.map((key) => `field.${key}`)],
        rows: result.lines.map((line) => {
          const fields = new Map(line.fields)
          return [instant(line.time), line.level, line.message, ...keys.map((key) => fields.get(key))]
        }),
      }
    }
    case 'trace':
      return {
        columns: ['span', 'parent', 'service', 'name', 'offset ms', 'duration ms', 'error'],
        rows: result.spans.map((one) => [
          one.id,
          one.parentId,
          one.service,
          one.name,
          one.offset,
          one.duration,
          one.error,
        ]),
      }
    default:
      return null
  }
}
