import { describe, expect, it } from 'vitest'
import { type CodeNode, highlight, loadHighlighter, MAX_HIGHLIGHTED } from '@/components/markdown/highlight'

const textOf = (nodes: CodeNode[]): string =>
  nodes.map((node) => (typeof node === 'string' ? node : textOf(node.children))).join('')

describe('highlighted code', () => {
  it('says exactly what the code says, with the language’s words marked', async () => {
    const code = 'const rate = sum(x) // <b>not markup</b>\n'
    const nodes = highlight(await loadHighlighter(), 'ts', code)
    expect(textOf(nodes ?? [])).toBe(code)
    expect(JSON.stringify(nodes)).toContain('hljs-keyword')
  })

  it('is plain for a language that is not known, and for a very long block', async () => {
    const lowlight = await loadHighlighter()
    expect(highlight(lowlight, 'promql-of-tomorrow', 'up')).toBeNull()
    expect(highlight(lowlight, 'json', ' '.repeat(MAX_HIGHLIGHTED + 1))).toBeNull()
  })

  it('holds half a block, as it stands while it is written', async () => {
    const nodes = highlight(await loadHighlighter(), 'json', '{"status": "fir')
    expect(textOf(nodes ?? [])).toBe('{"status": "fir')
  })
})
