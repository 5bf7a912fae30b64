import { describe, expect, it } from 'vitest'
import { signInRefusal } from '@/components/account/credentials'
import { safeDestination } from '@/components/account/destination'

describe('safeDestination', () => {
  it('follows paths of this site', () => {
    expect(safeDestination('/o/acme/s/ses_1?x=1')).toBe('/o/acme/s/ses_1?x=1')
  })

  it.each([
    '//evil.test',
    '/\\evil.test',
    '/\t/evil.test',
    'https://evil.test/',
    'javascript:alert(1)',
    '',
    undefined,
    ['/a'],
  ])('leads to the start for %j', (value) => expect(safeDestination(value)).toBe('/'))
})

it('tells why a sign-in was refused in words, and shows no code that is not ours', () => {
  expect(signInRefusal('CredentialsSignin')).toBe('E-mail or password is wrong.')
  expect(signInRefusal('OAuthSignin')).toContain('cannot be reached')
  expect(signInRefusal('EmailNotVerified')).toContain('does not vouch')
  expect(signInRefusal('Throttled')).toContain('Too many attempts')
  expect(signInRefusal('<b>Your account is blocked, call 555</b>')).toBe('You could not be signed in. Try again.')
})
