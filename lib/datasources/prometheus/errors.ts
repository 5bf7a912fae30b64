import { z } from 'zod'
import { type DataSourceError, quoteUpstream } from '@/lib/datasources/errors'
import type { DataSourceHttp, HttpAnswer } from '@/lib/datasources/http'

const errorBody = z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() })

/**
 * What Prometheus' own error means for whoever asked, in words to act on. An answer that is not Prometheus'
 * (a proxy's page, a sign-in) is described by its status alone.
 */
export function describePrometheusError(http: DataSourceHttp, answer: HttpAnswer, query?: string): DataSourceError {
  const parsed = errorBody.safeParse(answer.json)
  if (!parsed.success) return http.unexpected(answer)
  const { errorType, error } = parsed.data
  const name = http.source.name

  const parse = /(?:(\d+):(\d+): )?parse error: (.*)/s.exec(error)
  if (parse) return http.failure('bad_query', describeParseError(parse, query))
  if (/exceeded maximum resolution/.test(error))
    return http.failure(
      'too_much',
      'The query exceeded maximum resolution of 11,000 points per series: use a larger step or a shorter range.',
    )
  if (/too many samples/.test(error))
    return http.failure(
      'too_much',
      'Prometheus stopped the query because it would load too many samples. Select fewer series with label matchers, shorten the range (also the one in brackets), or aggregate earlier.',
    )
  if (errorType === 'timeout')
    return http.failure(
      'timeout',
      'Prometheus ran out of time evaluating the query. Shorten the range, widen the step, select fewer series, or use a recording rule (see the rules tool).',
    )
  if (errorType === 'canceled') return http.failure('cancelled', 'Prometheus was told to cancel the query.')
  if (/many-to-many matching|many-to-one matching|duplicate series for the match group/.test(error))
    return http.failure(
      'bad_query',
      `Prometheus cannot match the two sides of an operator: ${quoteUpstream(error)}. Aggregate both sides to the same labels, or use on(…)/ignoring(…) with group_left or group_right.`,
    )
  if (errorType === 'bad_data')
    return http.failure('bad_query', `Prometheus does not accept this: ${quoteUpstream(error)}`)
  if (errorType === 'execution')
    return http.failure('bad_query', `Prometheus cannot evaluate the query: ${quoteUpstream(error)}`)
  if (errorType === 'not_found') return http.failure('not_found', `Prometheus “${name}” has nothing there.`)
  if (errorType === 'unavailable')
    return http.failure(
      'busy',
      `Prometheus “${name}” is not ready to answer (starting up, or overloaded). Try again later.`,
    )
  return http.failure(
    'unexpected',
    `Prometheus “${name}” failed inside (HTTP ${answer.status}); the query may be fine.`,
  )
}

function describeParseError(parse: RegExpExecArray, query: string | undefined): string {
  const [, line, column, reason = ''] = parse
  const what = quoteUpstream(reason)
  const source = query?.split('\n')[Number(line) - 1]
  if (line === undefined || column === undefined || source === undefined)
    return `Prometheus cannot parse the query: ${what}${query === undefined ? '' : `\n  ${query.slice(0, 500)}`}`
  // A window around the place, so that a long query does not bury it.
  const place = Number(column) - 1
  const start = Math.max(0, place - 60)
  const window = source.slice(start, place + 60)
  return [
    `Prometheus cannot parse the query at line ${line}, character ${column}: ${what}`,
    `  ${window}`,
    `  ${' '.repeat(Math.max(0, place - start))}^`,
  ].join('\n')
}
