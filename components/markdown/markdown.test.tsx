import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import { Markdown } from '@/components/markdown/markdown'

const render = (text: string, streaming = false) => renderToStaticMarkup(<Markdown text={text} streaming={streaming} />)

describe.each([
  ['streaming', true],
  ['settled', false],
])('markdown of an answer, %s', (_name, streaming) => {
  it('renders headings, lists, tables and code', () => {
    const html = render(
      '# Title\n\n- one\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```promql\nup == 0\n```\n\n`x`',
      streaming,
    )
    expect(html).toContain('<h3 data-level="1">Title</h3>')
    expect(html).toContain('one</li>')
    expect(html).toMatch(/<td[^>]*>2<\/td>/)
    expect(html).toContain('promql')
    expect(html).toContain('up == 0')
    expect(html).toMatch(/<code>x<\/code>/)
  })

  it('shows raw HTML as text and never as elements', () => {
    const html = render(
      'before <script>alert(1)</script> <b onclick="x()">bold</b>\n\n<iframe src="https://evil.test"></iframe>',
      streaming,
    )
    expect(html).not.toMatch(/<script|<iframe|<b[ >]/i)
    expect(html).toContain('&lt;iframe')
  })

  it('loads no image, remote, relative or inline', () => {
    const html = render(
      '![a](https://evil.test/p.png?d=secret) ![b](/api/x) ![c](data:image/png;base64,AAAA)\n\n![ref][1]\n\n[1]: https://evil.test/q.png',
      streaming,
    )
    expect(html).not.toMatch(/<img|src=|background|url\(/i)
    expect(html).not.toContain('secret')
    expect(html).toContain('Image not loaded')
  })

  it('kills javascript, data and relative links and keeps their text', () => {
    const html = render(
      '[one](javascript:alert(1)) [two](data:text/html,x) [three](/sign-out) [four](vbscript:x) [five](JaVaScRiPt:x)',
      streaming,
    )
    expect(html).not.toContain('href')
    for (const word of ['one', 'two', 'three', 'four', 'five']) expect(html).toContain(word)
  })

  it('shows the host of a link that its text does not name', () => {
    const html = render('[our bank](https://evil.test/login)', streaming)
    expect(html).toContain('href="https://evil.test/login"')
    expect(html).toContain('rel="noopener noreferrer nofollow"')
    expect(html).toContain('(evil.test)')
    expect(html).toContain('title="https://evil.test/login"')
  })
})

it('does not make a link of one that is still being written', () => {
  expect(render('see [the dash](https://grafana.te', true)).not.toContain('href')
})
