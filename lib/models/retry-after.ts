type Headers = Record<string, string | undefined>

/**
 * How long the upstream asks to wait, in milliseconds: `retry-after-ms`, or `Retry-After` in seconds or as an HTTP
 * date. Undefined when it does not say so, or says it in a way that nobody can read.
 */
export function retryAfterMilliseconds(headers: Headers | undefined, now: number): number | undefined {
  const milliseconds = numeric(headers?.['retry-after-ms'])
  if (milliseconds !== undefined) return milliseconds
  const value = headers?.['retry-after']
  const seconds = numeric(value)
  if (seconds !== undefined) return seconds * 1000
  const date = value ? Date.parse(value) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

function numeric(text: string | undefined): number | undefined {
  const trimmed = text?.trim()
  return trimmed && /^\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : undefined
}
