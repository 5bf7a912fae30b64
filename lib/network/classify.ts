import ipaddr from 'ipaddr.js'

type Address = ipaddr.IPv4 | ipaddr.IPv6
export type Network = [Address, number]

/** What an address is to us: see `RefusedBecause` for the three that are not simply public. */
export type AddressClass = 'public' | 'private' | 'never' | 'metadata'

/** Where clouds tell a machine its secrets; what is missing here is link-local and refused as such. */
const METADATA: Network[] = [
  '169.254.0.0/16',
  'fd00:ec2::254/128',
  'fd20:ce::254/128',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '192.0.0.192/32',
].map((network) => ipaddr.parseCIDR(network))

const METADATA_NAMES = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
  'metadata.tencentyun.com',
  'metadata.azure.internal',
])

const NEVER = new Set(['unspecified', 'broadcast', 'multicast', 'linkLocal'])

/** The networks of a list of CIDRs. Throws what ipaddr.js throws for one that is none; `lib/env.ts` has checked them. */
export const parseNetworks = (cidrs: string[]): Network[] => cidrs.map((cidr) => ipaddr.parseCIDR(cidr))

/** Whether a host name is one under which a cloud offers its metadata. */
export const isMetadataName = (host: string): boolean => METADATA_NAMES.has(host.toLowerCase().replace(/\.$/, ''))

/** Whether this is an IP address and not a name; IPv6 without brackets. */
export const isAddress = (host: string): boolean =>
  ipaddr.IPv4.isValidFourPartDecimal(host) || ipaddr.IPv6.isValid(host)

/** What this IP address is. An IPv4 address inside of an IPv6 one counts as the IPv4 address. */
export function classify(text: string, allowed: Network[]): AddressClass {
  const outer = ipaddr.parse(text)
  const address = unwrap(outer)
  if (contains(METADATA, address) || contains(METADATA, outer)) return 'metadata'
  const range = address.range()
  if (NEVER.has(range)) return 'never'
  // The network may be given as the one of the outer address too, as in `64:ff9b::/96`.
  if (contains(allowed, address) || contains(allowed, outer)) return 'public'
  return range === 'unicast' ? 'public' : 'private'
}

const contains = (networks: Network[], address: Address): boolean =>
  networks.some(([network, bits]) => network.kind() === address.kind() && address.match(network as never, bits))

/** IPv4-mapped, IPv4-compatible, NAT64 and 6to4 addresses lead to the IPv4 address inside of them. */
function unwrap(address: Address): Address {
  if (address.kind() === 'ipv4') return address
  const bytes = address.toByteArray()
  const embedded = (from: number) => new ipaddr.IPv4(bytes.slice(from, from + 4))
  const startsWith = (prefix: number[]) => prefix.every((byte, index) => bytes[index] === byte)
  const last = embedded(12)
  if (startsWith(new Array(10).fill(0).concat(0xff, 0xff))) return last
  // `::` and `::1` are addresses of their own.
  if (startsWith(new Array(12).fill(0)) && (bytes[12] !== 0 || bytes[13] !== 0 || bytes[14] !== 0)) return last
  if (startsWith(new Array(8).fill(0).concat(0xff, 0xff, 0, 0))) return last
  if (startsWith([0, 0x64, 0xff, 0x9b]) && bytes.slice(4, 12).every((byte) => byte === 0)) return last
  if (startsWith([0, 0x64, 0xff, 0x9b, 0, 1])) return last
  if (startsWith([0x20, 0x02])) return embedded(2)
  return address
}
