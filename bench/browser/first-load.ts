import type { CDPSession } from '@playwright/test'
import type { Row } from '../report.ts'
import { round } from '../statistics.ts'
import type { Seat } from './open-browser.ts'

interface Loaded {
  url: string
  kB: number
  encoding: string
}

/** What the chat's page loads with an empty cache until it stands still: scripts as they travelled. */
async function scriptsOf({ browser, page }: Seat, path: string): Promise<Loaded[]> {
  const fresh = await page.context().newPage()
  const session: CDPSession = await page.context().newCDPSession(fresh)
  await session.send('Network.enable')
  await session.send('Network.setCacheDisabled', { cacheDisabled: true })
  const requests = new Map<string, { url: string; encoding: string }>()
  const loaded: Loaded[] = []
  session.on('Network.responseReceived', ({ requestId, response, type }) => {
    if (type !== 'Script' && !/\.js(\?|$)/.test(response.url)) return
    const encoding = Object.entries(response.headers).find(([name]) => name.toLowerCase() === 'content-encoding')?.[1]
    requests.set(requestId, { url: response.url, encoding: encoding ?? 'none' })
  })
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const request = requests.get(requestId)
    if (request) loaded.push({ ...request, kB: encodedDataLength / 1000 })
  })
  await fresh.goto(path)
  await fresh.getByTestId('composer').fill('a question')
  await fresh.waitForLoadState('load')
  await fresh.waitForTimeout(2_000)
  await fresh.close()
  if (loaded.length === 0) throw new Error(`No script was loaded by ${browser.version()}.`)
  return loaded
}

/** The scripts of the empty chat and of a session, as they travelled; and the largest of them. */
export async function measureFirstLoad(seat: Seat, sessionPath: string): Promise<{ totals: Row[]; largest: Row[] }> {
  const totals: Row[] = []
  let scripts: Loaded[] = []
  for (const [page, path] of [
    ['empty chat', '/o/bench'],
    ['session', sessionPath],
  ] as const) {
    scripts = await scriptsOf(seat, path)
    const kB = scripts.reduce((sum, script) => sum + script.kB, 0)
    totals.push({
      'first load': page,
      'scripts, compressed kB': round(kB),
      files: scripts.length,
      encoding: [...new Set(scripts.map(({ encoding }) => encoding))].join(', '),
    })
  }
  const largest = scripts
    .sort((a, b) => b.kB - a.kB)
    .slice(0, 10)
    .map(({ url, kB }) => ({
      'largest scripts of a session': url.split('/').at(-1) ?? url,
      'compressed kB': round(kB),
    }))
  return { totals, largest }
}
