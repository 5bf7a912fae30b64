import type { McpServerView, ServerBody } from '@/components/settings/mcp/api'

/** A header in the form. `value` null: keep the one that is stored. */
export interface HeaderDraft {
  key: string
  name: string
  isSet: boolean
  value: string | null
  /** Stands before what is typed. */
  prefix: string
  hint: string
}

/** A server in the form; timeouts in seconds. */
export interface ServerDraft {
  name: string
  transport: 'streamable-http' | 'sse'
  url: string
  headers: HeaderDraft[]
  dial: number | null
  list: number | null
  call: number | null
}

let headers = 0

export const newHeader = (given: Partial<HeaderDraft> = {}): HeaderDraft => ({
  key: `new-${++headers}`,
  name: '',
  isSet: false,
  value: '',
  prefix: '',
  hint: '',
  ...given,
})

export const draftOf = (server: McpServerView): ServerDraft => ({
  name: server.name,
  transport: server.transport === 'sse' ? 'sse' : 'streamable-http',
  url: server.url ?? '',
  headers: server.headers.map(({ name }) => newHeader({ key: `stored-${name}`, name, isSet: true, value: null })),
  dial: server.timeouts.dial / 1000,
  list: server.timeouts.list / 1000,
  call: server.timeouts.call / 1000,
})

const milliseconds = (seconds: number | null) => (seconds === null ? undefined : Math.round(seconds * 1000))

/** As the API takes it. A header without name and value is none. */
export const bodyOf = ({ name, transport, url, headers, dial, list, call }: ServerDraft): ServerBody => ({
  name: name.trim(),
  transport,
  url: url.trim(),
  headers: headers.map(({ name, value, prefix }) => ({
    name: name.trim(),
    ...(value !== null && { value: value === '' ? '' : `${prefix}${value}` }),
  })),
  timeouts: { dial: milliseconds(dial), list: milliseconds(list), call: milliseconds(call) },
})
