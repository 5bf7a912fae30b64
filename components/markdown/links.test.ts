import { describe, expect, it } from 'vitest'
import { judgeLink, namesTarget } from '@/components/markdown/links'

describe('judgeLink', () => {
  it('allows web pages and mail addresses, and names where they lead', () => {
    expect(judgeLink('https://grafana.test:3000/d/1')).toEqual({
      allowed: true,
      href: 'https://grafana.test:3000/d/1',
      target: 'grafana.test:3000',
      external: true,
    })
    expect(judgeLink('mailto:ada@acme.test')).toMatchObject({ allowed: true, target: 'ada@acme.test' })
  })

  it.each([
    'javascript:alert(1)',
    'java\nscript:alert(1)',
    '\u0001javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    '/relative',
    '//no-scheme.test',
    'https://user:secret@evil.test/',
    'https://',
    '',
  ])('refuses %j', (address) => {
    expect(judgeLink(address)).toEqual({ allowed: false })
  })

  it('shows an internationalised host as it is looked up', () => {
    expect(judgeLink('https://gооgle.com/')).toMatchObject({ target: expect.stringMatching(/^xn--/) })
  })
})

it('knows whether a text names the host', () => {
  expect(namesTarget('see Grafana.test', 'grafana.test')).toBe(true)
  expect(namesTarget('our bank', 'evil.test')).toBe(false)
})
