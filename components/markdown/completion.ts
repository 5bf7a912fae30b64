/** We show no formulas: two dollars are two dollars. */
const OPTIONS = { katex: false }

let complete: ((text: string) => string) | null = null
let loading: Promise<void> | null = null

/** Fetches the library, once per page: only what is being written needs it. A failed fetch is tried again with the next token. */
export function loadCompletion(): Promise<void> {
  loading ??= import('remend').then(
    ({ default: remend }) => {
      complete = (text) => remend(text, OPTIONS)
    },
    () => {
      loading = null
    },
  )
  return loading
}

/** A text that is still being written, with what it opened closed; until the library is here, the text as it is. */
export function completed(text: string): string {
  if (!complete) void loadCompletion()
  return complete ? complete(text) : text
}
