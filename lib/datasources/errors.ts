import { type ErrorCode, LongwatchError } from '@/lib/errors'

/** What went wrong between us and a data source; what a caller may do about it follows from this. */
export type DataSourceFailure =
  /** The query or an argument is wrong: mend it. */
  | 'bad_query'
  /** The answer would be, or is, too large: narrow the question. */
  | 'too_much'
  | 'not_found'
  | 'timeout'
  | 'cancelled'
  /** It wants other credentials. */
  | 'refused'
  /** It is overloaded or limits us. */
  | 'busy'
  | 'unreachable'
  /** Something answered, but not what such a data source answers. */
  | 'unexpected'

const CODES: Record<DataSourceFailure, ErrorCode> = {
  bad_query: 'bad_request',
  too_much: 'bad_request',
  not_found: 'not_found',
  timeout: 'unavailable',
  cancelled: 'unavailable',
  refused: 'unavailable',
  busy: 'unavailable',
  unreachable: 'unavailable',
  unexpected: 'unavailable',
}

/** A data source's failure, its message written for the model and the person. */
export class DataSourceError extends LongwatchError {
  readonly failure: DataSourceFailure
  /** False when it is certain that no request reached the data source. */
  readonly sent: boolean

  constructor(
    failure: DataSourceFailure,
    message: string,
    details: { source?: string; cause?: unknown; sent?: boolean } = {},
  ) {
    super(CODES[failure], message, {
      dependency: details.source ? `datasource:${details.source}` : undefined,
      cause: details.cause,
    })
    this.name = 'DataSourceError'
    this.failure = failure
    this.sent = details.sent ?? true
  }
}

/** A data source's own short explanation, fit to be shown: one bounded line without addresses or control characters. */
export function quoteUpstream(text: string, maximum = 400): string {
  const line = text
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .replace(/[a-z][a-z0-9+.-]*:\/\/[^\s"']+/gi, '(address)')
    .trim()
  return line.length > maximum ? `${Array.from(line).slice(0, maximum).join('')} …` : line
}
