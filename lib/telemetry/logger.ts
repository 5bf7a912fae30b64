import { type DestinationStream, type Logger, pino } from 'pino'
import { LongwatchError } from '@/lib/errors'

const SECRET_NAMES = [
  'authorization',
  'Authorization',
  'cookie',
  'Cookie',
  'set-cookie',
  'password',
  'apiKey',
  'token',
  'secret',
  'sealed',
]
/** What looks like a credential inside a text. */
const CREDENTIAL = /\b(?:lw_|sk-|glsa_)[A-Za-z0-9_-]{6,}|\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]+|\/\/[^\s/@]+:[^\s/@]+@/g
const MOST_CHARACTERS = 300

/** JSON lines on standard output, without credentials; an error is logged with its own words only, cut short. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: [
          ...SECRET_NAMES.flatMap((name) => {
            const key = `["${name}"]`
            return [name === 'set-cookie' ? key : name, `*${key}`, `*.*${key}`]
          }),
          'headers.*',
          '*.headers.*',
        ],
        censor: '[hidden]',
      },
      serializers: { err: describeError, error: describeError },
      hooks: {
        // Without a message of its own a line would get the error's, whole.
        logMethod(parameters, method) {
          const [first, message] = parameters as unknown[]
          if (typeof first === 'object' && first !== null && message === undefined)
            method.apply(this, [first instanceof Error ? { err: first } : first, hasError(first) ? 'An error' : ''])
          else method.apply(this, parameters)
        },
      },
    },
    ...(destination ? [destination] : []),
  )
}

const hasError = (value: object) => value instanceof Error || 'err' in value

/** An error as it may be logged: name, code, its first characters, where it was thrown; of its causes name and code. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: mask(String(error)) }
  return {
    name: error.name,
    code: codeOf(error),
    dependency: error instanceof LongwatchError ? error.dependency : undefined,
    message: mask(error.message),
    stack: error.stack
      ?.split('\n')
      .filter((line) => /^\s+at /.test(line))
      .slice(0, 12)
      .map((line) => line.trim()),
    cause: error.cause instanceof Error ? { name: error.cause.name, code: codeOf(error.cause) } : undefined,
  }
}

const codeOf = (error: Error) => ('code' in error ? String(error.code) : undefined)

const mask = (text: string) => text.slice(0, MOST_CHARACTERS).replace(CREDENTIAL, '[hidden]')
