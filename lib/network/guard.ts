import { lookup as systemLookup } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import { Agent, buildConnector, type Dispatcher, fetch as undiciFetch } from 'undici'
import { badRequest } from '@/lib/errors'
import { type AddressClass, classify, isAddress, isMetadataName, parseNetworks } from '@/lib/network/classify'
import { createGuardedFetch, type GuardedFetch } from '@/lib/network/fetch'
import { AddressRefused } from '@/lib/network/refused'

/** Every address of a host name. */
export type ResolveName = (hostname: string) => Promise<{ address: string; family: number }[]>

/**
 * Who named an address. `typed`: a person, in the settings; guarded. `configured`: a provisioning file or the
 * environment; its operator may name private networks, but metadata services are refused there too.
 */
export type AddressSource = 'typed' | 'configured'

/** The one guard of every outbound call to an address that is not our own. One per process. */
export interface OutboundGuard {
  /**
   * The URL, when it may be called as far as its text tells: http or https, no credentials, no forbidden address or name.
   * Names are resolved and checked when connecting. Throws `AddressRefused`.
   */
  check(url: string | URL, source: AddressSource): URL
  /** `check` for a form: throws `bad_request` for the field instead. */
  requireUrl(field: string, url: string): URL
  /** For undici's `fetch` and `request`: connects only to addresses that were checked, exactly those, without deadlines of its own. */
  dispatcher(source: AddressSource): Dispatcher
  /**
   * A `fetch` for the server that is named; it checks every hop of a redirect. With `configured` only that server's own
   * origin is exempt. The caller brings the deadline as a signal. Failures have an `AddressRefused` as (inner) cause.
   */
  fetchFor(url: string | URL, source: AddressSource): GuardedFetch
  close(): Promise<void>
}

export interface OutboundGuardOptions {
  /** CIDRs: `LONGWATCH_ALLOWED_NETWORKS`. */
  allowedNetworks: string[]
  /** Without it the system's resolver. */
  resolveName?: ResolveName
}

const CONNECT_TIMEOUT = 30_000

/** Makes the guard of a process. */
export function createOutboundGuard(options: OutboundGuardOptions): OutboundGuard {
  const allowed = parseNetworks(options.allowedNetworks)
  const resolveName = options.resolveName ?? ((hostname) => systemLookup(hostname, { all: true, verbatim: true }))

  const verdict = (address: string, source: AddressSource): AddressClass => {
    const found = classify(address, allowed)
    return source === 'configured' && found !== 'metadata' ? 'public' : found
  }

  /** Resolves once and hands out only what may be connected to, so that no second answer can replace it. */
  const lookupFor =
    (source: AddressSource): LookupFunction =>
    (hostname, { all, family }, callback) => {
      resolveName(hostname).then(
        (found) => {
          const wanted = found.filter((one) => !family || one.family === Number(family))
          const verdicts = wanted.map(({ address }) => verdict(address, source))
          const usable = wanted.filter((_, index) => verdicts[index] === 'public')
          const [first] = usable
          if (first) return all ? callback(null, usable) : callback(null, first.address, first.family)
          const worst = (['metadata', 'never', 'private'] as const).find((one) => verdicts.includes(one))
          callback(worst ? refusal(worst, hostname) : notFound(hostname), '', 4)
        },
        (error: NodeJS.ErrnoException) => callback(error, '', 4),
      )
    }

  function agentFor(source: AddressSource): Agent {
    const connect = buildConnector({
      timeout: CONNECT_TIMEOUT,
      lookup: lookupFor(source),
    } as buildConnector.BuildOptions)
    return new Agent({
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (target, callback) => {
        // An address is connected to without a lookup.
        if (isAddress(target.hostname)) {
          const found = verdict(target.hostname, source)
          if (found !== 'public') return callback(refusal(found, target.hostname), null)
        } else if (isMetadataName(target.hostname)) return callback(refusal('metadata', target.hostname), null)
        connect(target, callback)
      },
    })
  }

  const agents = { typed: agentFor('typed'), configured: agentFor('configured') }

  function check(input: string | URL, source: AddressSource): URL {
    if (!URL.canParse(input))
      throw new AddressRefused('not-a-url', 'This is not a complete address such as https://host/path.')
    const url = new URL(input)
    if (!/^https?:$/.test(url.protocol))
      throw new AddressRefused('scheme', 'The address must begin with http:// or https://.')
    if (source === 'typed' && (url.username || url.password))
      throw new AddressRefused(
        'credentials',
        'The address must not hold a user name or password; put credentials into a header.',
      )
    const host = url.hostname.replace(/^\[|\]$/g, '')
    if (isMetadataName(host)) throw refusal('metadata', host)
    const found = isAddress(host) ? verdict(host, source) : 'public'
    if (found !== 'public') throw refusal(found, host)
    return url
  }

  const dispatcher = (source: AddressSource): Dispatcher => agents[source]

  return {
    check,
    requireUrl(field, url) {
      try {
        return check(url, 'typed')
      } catch (error) {
        if (error instanceof AddressRefused) throw badRequest(field, error.message)
        throw error
      }
    },
    dispatcher,
    fetchFor(named, source) {
      const origin = URL.canParse(named) ? new URL(named).origin : null
      const sourceOf = (url: URL): AddressSource =>
        source === 'configured' && url.origin === origin ? source : 'typed'
      return createGuardedFetch({
        bounded: source === 'typed',
        send: (url, init) => {
          const own = sourceOf(url)
          check(url, own)
          return undiciFetch(url, { ...init, redirect: 'manual', dispatcher: agents[own] })
        },
      })
    },
    async close() {
      await Promise.all([agents.typed.destroy(), agents.configured.destroy()])
    },
  }
}

function refusal(found: Exclude<AddressClass, 'public'>, host: string): AddressRefused {
  if (found === 'metadata')
    return new AddressRefused('metadata', `${host} leads to a cloud's metadata service, which is never called.`)
  if (found === 'never')
    return new AddressRefused(
      'never',
      `${host} leads to an address of no single machine (unspecified, link-local or multicast), which is never called.`,
    )
  return new AddressRefused(
    'private',
    `${host} leads to a private network. Whoever runs Longwatch can allow it: its network must be in LONGWATCH_ALLOWED_NETWORKS.`,
  )
}

const notFound = (hostname: string) => Object.assign(new Error(`no address for ${hostname}`), { code: 'ENOTFOUND' })
