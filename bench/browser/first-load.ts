import type { CDPSession, Page } from '@playwright/test'
import type { Row } from '../report.ts'
import { round } from '../statistics.ts'
import type { Seat } from './open-browser.ts'

interface Loaded {
  url: string
  kB: number
  encoding: string
  /** Fetched when the page could be used already. */
  later: boolean
}

interface Watched {
  usableAt: number
}

/** Notes in the page when its composer belongs to React: from then on what is typed is not lost. */
const watchUsable = (page: Page) =>
  page.addInitScript(() => {
    const watched = window as unknown as Watched
    watched.usableAt = 0
    const look = () => {
      const composer = document.querySelector('[data-testid=composer]')
      if (composer && Object.keys(composer).some((key) => key.startsWith('__reactProps'))) {
        watched.usableAt = performance.now()
      } else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })

/** What the chat's page loads with an empty cache until it stands still: scripts as they travelled. */
async function scriptsOf({ browser, page }: Seat, path: string): Promise<Loaded[]> {
  const fresh = await page.context().newPage()
  const session: CDPSession = await page.context().newCDPSession(fresh)
  await session.send('Network.enable')
  await session.send('Network.setCacheDisabled', { cacheDisabled: true })
  const requests = new Map<string, { url: string; encoding: string }>()
  const loaded: Omit<Loaded, 'later'>[] = []
  session.on('Network.responseReceived', ({ requestId, response, type }) => {
    if (type !== 'Script' && !/\.js(\?|$)/.test(response.url)) return
    const encoding = Object.entries(response.headers).find(([name]) => name.toLowerCase() === 'content-encoding')?.[1]
    requests.set(requestId, { url: response.url, encoding: encoding ?? 'none' })
  })
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const request = requests.get(requestId)
    if (request) loaded.push({ ...request, kB: encodedDataLength / 1000 })
  })
  await watchUsable(fresh)
  await fresh.goto(path)
  await fresh.waitForFunction(() => (window as unknown as Watched).usableAt > 0)
  await fresh.waitForTimeout(2_000)
  const later = new Set(
    await fresh.evaluate(() => {
      const { usableAt } = window as unknown as Watched
      const fetched = performance.getEntriesByType('resource')
      return fetched.filter(({ startTime }) => startTime > usableAt).map(({ name }) => name)
    }),
  )
  await fresh.close()
  if (loaded.length === 0) throw new Error(`No script was loaded by ${browser.version()}.`)
  return loaded.map((script) => ({ ...script, later: later.has(script.url) }))
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
    const sum = (later: boolean) =>
      round(scripts.reduce((kB, script) => (script.later === later ? kB + script.kB : kB), 0))
    totals.push({
      'first load': page,
      'scripts until usable, compressed kB': sum(false),
      files: scripts.filter(({ later }) => !later).length,
      'fetched later, compressed kB': sum(true),
      encoding: [...new Set(scripts.map(({ encoding }) => encoding))].join(', '),
    })
  }
  const largest = scripts
    .sort((a, b) => b.kB - a.kB)
    .slice(0, 10)
    .map(({ url, kB, later }) => ({
      'largest scripts of a session': url.split('/').at(-1) ?? url,
      'compressed kB': round(kB),
      when: later ? 'later' : 'at first',
    }))
  return { totals, largest }
}
