import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/** A colour that is written out, or one of Tailwind's own palette, instead of a token of `app/globals.css`. */
const RAW_COLOUR =
  /#(?:[0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\(|\b(?:bg|text|border|ring|outline|fill|stroke|from|via|to|accent|caret|decoration|divide|shadow|placeholder)-(?:black|white|(?:slate|gray|zinc|neutral|stone|red|orange|amber|yellow|lime|green|emerald|teal|cyan|sky|blue|indigo|violet|purple|fuchsia|pink|rose)-\d{2,3})\b/gi

/** A browser wants its own frame's colours as text, before any style is there. */
const EXCEPT = new Set(['app/layout.tsx'])

const rawColours = (source: string) => source.match(RAW_COLOUR) ?? []

describe('the visual language', () => {
  it('is made of tokens: no component writes a colour of its own', () => {
    const files = globSync('{app,components}/**/*.{ts,tsx}').filter(
      (file) => !/\.test\.tsx?$/.test(file) && !EXCEPT.has(file),
    )
    expect(files.length).toBeGreaterThan(150)
    const found = files.flatMap((file) => rawColours(readFileSync(file, 'utf8')).map((colour) => `${file}: ${colour}`))
    expect(found).toEqual([])
  })

  it('is held by a search that finds what it looks for, and nothing else', () => {
    for (const raw of [
      'fill="#fff"',
      "color: '#0a1b2c'",
      'bg-black/40',
      'text-red-500',
      'rgba(0, 0, 0, 0.5)',
      'oklch(1 0 0)',
    ])
      expect(rawColours(raw), raw).toHaveLength(1)
    for (const token of [
      'bg-surface text-ink',
      'var(--series-1)',
      'href="#main"',
      'text-sm',
      'border-line/50',
      'bg-current',
    ])
      expect(rawColours(token), token).toEqual([])
  })
})
