import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

interface Rule {
  what: string
  pattern: RegExp
  /** What makes a hit right. */
  unless?: RegExp
  /** Files that may: the helper itself, and those that are given their base. */
  files?: RegExp
}

const HELPED = /apiUrl\(|withBasePath\(|siteUrl\(/
/** What the product's own pages may not do, because it would leave the base path or the product's names. */
const RULES: Rule[] = [
  {
    what: 'calls an address that does not come from the helper',
    pattern: /(?<![\w.])fetch\([^)]*\)?/g,
    unless: HELPED,
    files: /^components\/chat\/live\/(?:api|connection|store)\.ts$/,
  },
  { what: 'opens a stream of its own', pattern: /new (?:EventSource|WebSocket)\(.*/g },
  {
    what: 'loads a page past the helper',
    pattern: /(?:location\.(?:assign|replace)|window\.open)\(.*|location(?:\.href)?\s*=(?!=).*/g,
    unless: /apiUrl\(|target\.href/,
    files: /^components\/site\.ts$/,
  },
  {
    what: 'writes an address into the history past the helper',
    pattern: /history\.(?:push|replace)State\(.*/g,
    unless: /apiUrl\(|withBasePath\(|siteUrl\(|, url\)/,
  },
  {
    what: 'has a plain element with an address of this site',
    pattern: /<(?:a|img|form|iframe|source|script|link)\b[^>]*?\b(?:href|src|action)=(?:"\/|\{['"`]\/)/gs,
  },
  {
    what: 'names something kept in the browser past the helper',
    pattern: /['"`]longwatch[:.-].*/g,
    files: /^components\/(?:site|sessions\/last-organisation|chat\/live\/leader)\.ts$/,
    unless: /theme-changed/,
  },
  {
    what: 'uses the browser’s storage past those who name its keys',
    pattern: /(?:localStorage|sessionStorage|indexedDB|caches)\b.*/g,
    files:
      /^components\/(?:ui\/(?:use-stored|theme-script)\.ts|ui\/theme\.tsx|chat\/drafts\.ts|chat\/live\/environment\.ts)$/,
  },
]

const withoutComments = (text: string) => text.replace(/\/\*.*?\*\//gs, '').replace(/(^|\s)\/\/.*$/gm, '$1')

function offences(file: string, source: string): string[] {
  const text = withoutComments(source)
  return RULES.filter(({ files }) => !files?.test(file)).flatMap(({ what, pattern, unless }) =>
    [...text.matchAll(pattern)]
      .filter(([hit]) => !unless?.test(hit))
      .map(([hit]) => `${file} ${what}: ${hit.slice(0, 80)}`),
  )
}

function* sources(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* sources(path)
    else if (/\.tsx?$/.test(entry.name) && !/\.test\.|test-server/.test(entry.name)) yield path
  }
}

describe('addresses and names of the page', () => {
  it('come from the one helper that knows the base path and the prefix', () => {
    const files = ['components', 'app'].flatMap((folder) => [...sources(join(ROOT, folder))])
    expect(files.length).toBeGreaterThan(200)
    expect(files.flatMap((file) => offences(relative(ROOT, file), readFileSync(file, 'utf8')))).toEqual([])
  })

  it.each([
    "fetch('/api/me')",
    'await fetch(path, { method })',
    "new EventSource('/api/events')",
    "window.location.assign('/sign-in')",
    "location.href = '/'",
    "window.open('/api/x')",
    "window.history.replaceState(null, '', sessionPath(slug, id))",
    '<a\n  href="/o/acme"\n>x</a>',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
    '<img src={`/icon-${name}.svg`} />',
    "const KEY = 'longwatch:theme'",
    "localStorage.setItem('x', '1')",
  ])('would be found: %s', (source) => {
    expect(offences('components/x.tsx', source)).toHaveLength(1)
  })

  it.each([
    "fetch(apiUrl('/api/health'), { cache: 'no-store' })",
    '<Link href="/">x</Link>',
    '<a href={one.url}>x</a>',
    "// fetch('/api/me') is not written so",
    "if (location === '/x') go()",
  ])('are not confused with: %s', (source) => {
    expect(offences('components/x.tsx', source)).toEqual([])
  })
})
