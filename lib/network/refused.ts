/** Why an address is not called. */
export type RefusedBecause =
  | 'not-a-url'
  | 'scheme'
  | 'credentials'
  /** A cloud's metadata service: never, whoever names it. */
  | 'metadata'
  /** Private, loopback or otherwise not public: only through `LONGWATCH_ALLOWED_NETWORKS`. */
  | 'private'
  /** Unspecified, link-local, multicast, broadcast: no setting opens these. */
  | 'never'
  | 'redirect'
  | 'too-large'

/**
 * An outbound call that was not made, or not read to its end, because of where it leads. The message is a whole sentence
 * that names what to change, and no address but the one that was typed.
 */
export class AddressRefused extends Error {
  readonly code = 'ERR_ADDRESS_REFUSED'
  readonly because: RefusedBecause

  constructor(because: RefusedBecause, message: string) {
    super(message)
    this.name = 'AddressRefused'
    this.because = because
  }
}

/** The refusal inside whatever `fetch`, undici or a client library made of it; null when that failed for another reason. */
export function refusalIn(error: unknown): AddressRefused | null {
  let current = error
  for (let depth = 0; depth < 8 && typeof current === 'object' && current !== null; depth++) {
    if (current instanceof AddressRefused) return current
    const inner = current instanceof AggregateError ? current.errors.find((one) => refusalIn(one)) : undefined
    if (inner) return refusalIn(inner)
    current = (current as { cause?: unknown }).cause
  }
  return null
}
