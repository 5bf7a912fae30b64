import { describe, expect, it } from 'vitest'
import { classify, isMetadataName, parseNetworks } from '@/lib/network/classify'

const of = (address: string, allowed: string[] = []) => classify(address, parseNetworks(allowed))

describe('an address', () => {
  it.each([
    ['93.184.216.34', 'public'],
    ['2606:2800:220:1::1', 'public'],
    ['10.1.2.3', 'private'],
    ['172.16.0.1', 'private'],
    ['192.168.0.1', 'private'],
    ['100.64.0.1', 'private'],
    ['127.0.0.1', 'private'],
    ['::1', 'private'],
    ['fd12::1', 'private'],
    ['198.18.0.1', 'private'],
    ['240.0.0.1', 'private'],
    ['0.0.0.0', 'never'],
    ['0.1.2.3', 'never'],
    ['::', 'never'],
    ['224.0.0.1', 'never'],
    ['255.255.255.255', 'never'],
    ['ff02::1', 'never'],
    ['fe80::1', 'never'],
    ['169.254.169.254', 'metadata'],
    ['169.254.0.1', 'metadata'],
    ['100.100.100.200', 'metadata'],
    ['fd00:ec2::254', 'metadata'],
  ])('%s is %s', (address, expected) => expect(of(address)).toBe(expected))

  it.each([
    ['IPv4-mapped', '::ffff:169.254.169.254', '::ffff:127.0.0.1', '::ffff:93.184.216.34'],
    ['IPv4-mapped in hexadecimal', '::ffff:a9fe:a9fe', '::ffff:7f00:1', '::ffff:5db8:d822'],
    ['IPv4-compatible', '::169.254.169.254', '::127.0.0.1', '::93.184.216.34'],
    ['IPv4-translated', '::ffff:0:169.254.169.254', '::ffff:0:127.0.0.1', '::ffff:0:93.184.216.34'],
    ['NAT64', '64:ff9b::169.254.169.254', '64:ff9b::7f00:1', '64:ff9b::93.184.216.34'],
    ['local NAT64', '64:ff9b:1::169.254.169.254', '64:ff9b:1::7f00:1', '64:ff9b:1::93.184.216.34'],
    ['6to4', '2002:a9fe:a9fe::1', '2002:7f00:1::1', '2002:5db8:d822::1'],
  ])('that is %s is what it holds', (_, metadata, loopback, open) => {
    expect([of(metadata), of(loopback), of(open)]).toEqual(['metadata', 'private', 'public'])
  })

  it('of an allowed network counts as public, but no metadata service and nothing link-local does', () => {
    const everything = ['0.0.0.0/0', '::/0']
    expect(of('10.1.2.3', ['10.0.0.0/8'])).toBe('public')
    expect(of('::ffff:10.1.2.3', ['10.0.0.0/8'])).toBe('public')
    expect(of('10.1.2.3', ['10.0.0.0/16'])).toBe('private')
    expect(of('::1', ['127.0.0.0/8'])).toBe('private')
    expect(of('::1', ['::1/128'])).toBe('public')
    for (const address of ['169.254.169.254', '::ffff:169.254.169.254', 'fd00:ec2::254'])
      expect(of(address, everything)).toBe('metadata')
    for (const address of ['0.0.0.0', 'fe80::1', '224.0.0.1']) expect(of(address, everything)).toBe('never')
  })

  it('has no name of a metadata service, whatever its case or final dot', () => {
    expect(['metadata.google.internal', 'Metadata.Google.Internal.', 'metadata'].every(isMetadataName)).toBe(true)
    expect(isMetadataName('metadata.example.com')).toBe(false)
  })
})
