import { expect, test } from 'vitest'
import { scoped, withBasePath, withoutBasePath } from '@/lib/base-path'

test('addresses stand under the base path, and at the root without one', () => {
  expect(withBasePath('/api/me', '')).toBe('/api/me')
  expect(withBasePath('/', '')).toBe('/')
  expect(withBasePath('/api/me?org=a', '/tools/longwatch')).toBe('/tools/longwatch/api/me?org=a')
  expect(withBasePath('/', '/longwatch')).toBe('/longwatch')
})

test('a path of the browser is taken as one of the application, and a neighbour’s is left alone', () => {
  expect(withoutBasePath('/longwatch/o/acme', '/longwatch')).toBe('/o/acme')
  expect(withoutBasePath('/longwatch', '/longwatch')).toBe('/')
  expect(withoutBasePath('/longwatcher/o', '/longwatch')).toBe('/longwatcher/o')
  expect(withoutBasePath('/o/acme', '')).toBe('/o/acme')
})

test('what a browser keeps has the product’s prefix, and each base path its own names', () => {
  expect(scoped('longwatch:', 'theme', '')).toBe('longwatch:theme')
  expect(scoped('longwatch:', 'theme', '/a/b')).toBe('longwatch:a.b:theme')
})
