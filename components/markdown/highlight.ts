import type { createLowlight } from 'lowlight'

type Lowlight = ReturnType<typeof createLowlight>

/** A piece of highlighted code: a text, or a span with classes of our sheet around more of it. */
export type CodeNode = string | { classes: string; children: CodeNode[] }

/** Longer blocks stay plain: nobody reads their colours, and each token of a growing one would cost them anew. */
export const MAX_HIGHLIGHTED = 20_000

let loaded: Lowlight | null = null
let loading: Promise<Lowlight> | null = null

/** The highlighter when it is here already, for drawing without a flash. */
export const loadedHighlighter = () => loaded

/** Fetches the highlighter with its common languages, once per page. A failed fetch is tried again by the next block. */
export function loadHighlighter(): Promise<Lowlight> {
  loading ??= import('lowlight').then(
    ({ common, createLowlight }) => {
      loaded = createLowlight(common)
      return loaded
    },
    (error) => {
      loading = null
      throw error
    },
  )
  return loading
}

/** Code as nested spans; null when the language is not known or the block is too long. Never makes markup of the text. */
export function highlight(lowlight: Lowlight, language: string, text: string): CodeNode[] | null {
  if (text.length > MAX_HIGHLIGHTED || !lowlight.registered(language)) return null
  return lowlight.highlight(language, text).children.map(nodeOf)
}

type TreeNode = ReturnType<Lowlight['highlight']>['children'][number]

function nodeOf(node: TreeNode): CodeNode {
  if (node.type === 'text') return node.value
  if (node.type !== 'element') return ''
  const classes = node.properties.className
  return {
    classes: Array.isArray(classes) ? classes.join(' ') : '',
    children: (node.children as TreeNode[]).map(nodeOf),
  }
}
