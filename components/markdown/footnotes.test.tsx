import { renderToStaticMarkup } from 'react-dom/server'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadCompletion } from '@/components/markdown/completion'
import { Markdown } from '@/components/markdown/markdown'

const render = (text: string, streaming = false) => renderToStaticMarkup(<Markdown text={text} streaming={streaming} />)
const plain = (html: string) => html.replace(/<[^>]+>/g, '')
const idsIn = (html: string) => [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
const marksIn = (html: string) => [...html.matchAll(/aria-label="Footnote (\d+)">/g)].map(([, number]) => number)
/** What stands above the footnotes, and they. */
const parts = (html: string) => {
  const [above = '', below = ''] = html.split(/(?=<div role="group" aria-label="Footnotes")/)
  return { above: plain(above), below: plain(below) }
}

beforeAll(loadCompletion)

describe('footnotes', () => {
  it('are marked where they are named, and stand below the text with a way back', () => {
    const html = render('The pool[^pool] is small[^2].\n\n[^pool]: See **v2.14**.\n[^2]: And `this`.\n\nMore text.')
    expect(marksIn(html)).toEqual(['1', '2'])
    expect(html).toMatch(/pool<sup><a id="[^"]+" href="#[^"]+-note-1"/)
    const { above, below } = parts(html)
    expect(above).toBe('The pool1 is small2.More text.')
    expect(below).toContain('See v2.14. ↩')
    expect(html).toMatch(/<strong>v2\.14<\/strong>[\s\S]*<code>this<\/code>/)
    expect(html.match(/aria-label="Back to the mark of footnote [12]"/g)).toHaveLength(2)
  })

  it('lead to ids that are there, and that no other text on the page has', () => {
    const text = 'a[^1] b[^1]\n\n[^1]: note'
    const html = renderToStaticMarkup(
      <>
        <Markdown text={text} />
        <Markdown text={text} />
      </>,
    )
    const ids = idsIn(html)
    expect(new Set(ids).size).toBe(ids.length)
    const targets = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id)
    expect(targets).toHaveLength(6)
    for (const target of targets) expect(ids).toContain(target)
    expect(marksIn(html)).toEqual(['1', '1', '1', '1'])
  })

  it('are numbered as they come, whatever they are called and in whatever order they are named', () => {
    expect(marksIn(render('b[^B] a[^a]\n\n[^a]: x\n[^b]: y'))).toEqual(['2', '1'])
    expect(marksIn(render('[^constructor] [^__proto__]\n\n[^__proto__]: x\n\n[^constructor]: y'))).toEqual(['2', '1'])
  })

  it('go on over lines, paragraphs and lists that belong to them, and end before what does not', () => {
    const html = render('x[^1]\n\n[^1]: first\n`lazy`\n-5\n\n    second\n\n    - item\n\nafter\n\n[^2]: b\n# heading')
    const { above, below } = parts(html)
    expect(above).toBe('x1afterheading')
    for (const word of ['first', 'lazy', '-5', 'second', 'item']) expect(below).toContain(word)
    expect(below).not.toMatch(/after|heading/)
  })

  it('need no blank line before them', () => {
    const { above, below } = parts(render('a[^1]\nb\n[^1]: first\n[^2]: second'))
    expect(above).toBe('a1\nb')
    expect(below).toMatch(/first.*second/)
  })

  it('without a footnote are text, and so are patterns, code, and what stands inside of a link', () => {
    const html = render(
      'a[^1] [^a-z_*] `[^2]` [x [^2] y](https://a.test) [^2](https://b.test)\n\n```\n[^2]: code\n```\n\n[^2]: x',
    )
    expect(marksIn(html)).toEqual([])
    for (const text of ['a[^1]', '[^a-z_*]', '<code>[^2]</code>', '[^2]: code', 'x [^2] y'])
      expect(html).toContain(text)
    expect(html).toContain('href="https://b.test/"')
  })

  it('lose nothing: named twice both are shown, and one that nobody marks as well', () => {
    const html = render('a[^1]\n\n[^1]: first\n[^1]: second\n[^9]: alone')
    expect(marksIn(html)).toEqual(['1'])
    const { below } = parts(html)
    for (const word of ['first', 'second', 'alone']) expect(below).toContain(word)
    expect(plain(render('> a[^1]\n>\n> [^1]: quoted'))).toContain('[^1]: quoted')
    expect(plain(render('- a\n\n  [^1]: in a list'))).toContain('in a list')
  })

  it('take nothing from strangers: no elements, no images, no scripts’ addresses', () => {
    const html = render(
      'a[^1][^"onx]\n\n[^1]: <img src=x onerror=alert(1)> ![i](https://evil.test/p.png) [j](javascript:alert(1))\n[^"onx]: y',
    )
    expect(html).not.toMatch(/<img|<script|href="javascript/)
    expect(html).toContain('Image not loaded')
  })
})

describe('footnotes that are being written', () => {
  const TEXT = 'It waits[^1] long.\n\nMore[^b].\n\n[^1]: The pool.\n[^b]: Of v2.'

  it('never show the brackets that open one, at any point of the text', () => {
    for (let length = 1; length <= TEXT.length; length += 1) {
      const { above, below } = parts(render(TEXT.slice(0, length), true))
      expect(above, TEXT.slice(0, length)).not.toMatch(/\[\^?1?$|\[\^1|\[\^b?$/)
      expect(below, TEXT.slice(0, length)).not.toContain('[')
    }
  })

  it('never take anything back: what stands above them only grows', () => {
    let before = ''
    for (let length = 1; length <= TEXT.length; length += 1) {
      // The name of one that is still to come is text until then.
      const above = parts(render(TEXT.slice(0, length), true))
        .above.replace(/>$/, '')
        .replaceAll('[^b]', '2')
      expect(above.startsWith(before), `${TEXT.slice(0, length)}: ${before} | ${above}`).toBe(true)
      before = above
    }
    expect(before).toBe('It waits1 long.More2.')
  })

  it('are bare numbers until they are there, and text when they never come', () => {
    expect(render('pool[^1] and', true)).toContain('pool<sup>1</sup>')
    expect(plain(render('pool[^1] and'))).toBe('pool[^1] and')
    expect(render('pool[^1] and\n\n[^1]: x', true)).toContain('aria-label="Footnote 1">1</a>')
  })

  it('hide nothing of code', () => {
    expect(plain(render('```\na [^', true))).toContain('a [^')
  })
})
