import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from './support/test.ts'

const PATH = '/o/acme/settings/diagnostics'

test('an admin sees how everything is, asks the model, and copies it without secrets', async ({ open }) => {
  const { page } = await open('ada', { permissions: ['clipboard-read', 'clipboard-write'] })
  await page.goto(PATH)
  const line = (name: string) => page.locator(`[data-testid=diagnosis][data-name="${name}"]`)
  await expect(line('Store')).toContainText('SQLite')
  await expect(line('Streaming to this browser')).toHaveAttribute('data-tone', 'ok')
  await expect(line('Clock')).toHaveAttribute('data-tone', 'ok')
  await expect(line('Sealing key')).toHaveAttribute('data-tone', 'ok')
  await expect(line('shop')).toHaveAttribute('data-tone', 'ok')
  await page.getByTestId('check-model').click()
  await expect(page.getByTestId('diagnosis').filter({ hasText: 'First token after' })).toHaveAttribute(
    'data-tone',
    'ok',
  )
  await page.getByTestId('copy-diagnostics').click()
  await expect(page.getByText('Copied, without secrets.')).toBeVisible()
  const copied = await page.evaluate(() => navigator.clipboard.readText())
  expect(copied).toMatch(/^Longwatch \d/)
  expect(copied).toContain('Store: up.')
  expect(copied).toContain('shop: ok.')
})

test('a proxy that holds the stream back is noticed in the browser', async ({ open, world }) => {
  // Collects each answer whole before it passes it on, as a misconfigured proxy does.
  const proxy = createServer((incoming, outgoing) => {
    const upstream = request(
      world.url + incoming.url,
      { method: incoming.method, headers: incoming.headers },
      (answer) => {
        const pieces: Buffer[] = []
        answer.on('data', (piece: Buffer) => pieces.push(piece))
        answer.on('end', () => outgoing.writeHead(answer.statusCode ?? 502, answer.headers).end(Buffer.concat(pieces)))
      },
    )
    upstream.on('error', () => outgoing.destroy())
    incoming.pipe(upstream)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const behind = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  try {
    const { page } = await open('ada')
    await page.route('**/api/diagnostics/stream', async (route) => {
      const response = await route.fetch({ url: `${behind}/api/diagnostics/stream` })
      await route.fulfill({ response })
    })
    await page.goto(PATH)
    const streaming = page.locator('[data-testid=diagnosis][data-name="Streaming to this browser"]')
    await expect(streaming).toHaveAttribute('data-tone', 'danger')
    await expect(streaming).toContainText('held back')
  } finally {
    proxy.closeAllConnections()
    await new Promise((resolve) => proxy.close(resolve))
  }
})

test('a tool server that is away is named as failing', async ({ open, world }) => {
  const { page } = await open('ada')
  await world.killTelemetry()
  await page.goto(PATH)
  const shop = page.locator('[data-testid=diagnosis][data-name="shop"]')
  await expect(async () => {
    await page.getByTestId('diagnose').click()
    await expect(shop).toHaveAttribute('data-tone', 'danger', { timeout: 5_000 })
  }).toPass({ timeout: 75_000 })
  await world.restoreTelemetry()
})

test('a viewer is told that the page is not for their role', async ({ open, troubles }) => {
  troubles.provoke(/status of 403/)
  const { page } = await open('vera')
  await page.goto(PATH)
  await expect(page.getByTestId('may-not')).toBeVisible()
  expect((await page.request.get('/api/diagnostics?org=acme')).status()).toBe(403)
})
