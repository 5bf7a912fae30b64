/** What `READ_LOG` answers, taken apart. */
export interface LogAnswer {
  logId: string
  last: number
  v: number
  /** Of the first entry; the others follow on it. */
  first: number
  texts: string[]
}

/** Null for a log without entries. */
export function readLogAnswer(answer: unknown): LogAnswer | null {
  const [logId, last, v, first, form, ...rest] = answer as string[]
  if (logId === undefined) return null
  const texts = form === 'lines' ? (rest[0] as string).slice(1).split('\n') : rest.map((text) => text.slice(1))
  return { logId: logId.slice(1), last: Number(last), v: Number(v), first: Number(first), texts }
}
