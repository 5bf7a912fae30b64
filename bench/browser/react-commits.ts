import type { Page } from '@playwright/test'

export interface Drawn {
  commits: number
  /** Rows of the thread in which something was rendered, the last two (question and growing answer) left out. */
  otherRows: number
}

interface Fiber {
  tag: number
  flags: number
  alternate: Fiber | null
  child: Fiber | null
  sibling: Fiber | null
  memoizedProps: Record<string, unknown> | null
}

/** Must be installed before React starts; counts nothing until it is asked to. */
export const installHook = (page: Page) =>
  page.addInitScript(() => {
    const state = { on: false, commits: 0, rows: {} as Record<string, number> }
    const PERFORMED = 1
    const componentTags = new Set([0, 1, 11, 14, 15])
    /** A fiber whose children are the same objects as before was passed by. */
    const walk = (fiber: Fiber | null, row: string | null) => {
      for (let at = fiber; at; at = at.sibling) {
        const item = at.memoizedProps?.['data-item']
        const within = typeof item === 'string' ? item : row
        const rendered = componentTags.has(at.tag) && (at.flags & PERFORMED) === PERFORMED && at.alternate !== null
        if (rendered && within !== null) state.rows[within] = (state.rows[within] ?? 0) + 1
        if (at.alternate === null || at.child !== at.alternate.child) walk(at.child, within)
      }
    }
    Object.assign(window, {
      drawn: state,
      __REACT_DEVTOOLS_GLOBAL_HOOK__: {
        supportsFiber: true,
        renderers: new Map(),
        inject: () => 1,
        onCommitFiberUnmount: () => undefined,
        onPostCommitFiberRoot: () => undefined,
        onCommitFiberRoot: (_id: number, root: { current: Fiber }) => {
          if (!state.on) return
          state.commits += 1
          walk(root.current.child, null)
        },
      },
    })
  })

/** Counts for a while what React renders. */
export async function countDrawn(page: Page, milliseconds: number): Promise<Drawn> {
  type Counting = { drawn: { on: boolean; commits: number; rows: Record<string, number> } }
  await page.evaluate(() => {
    const { drawn } = window as unknown as Counting
    Object.assign(drawn, { on: true, commits: 0, rows: {} })
  })
  await page.waitForTimeout(milliseconds)
  return page.evaluate(() => {
    const { drawn } = window as unknown as Counting
    drawn.on = false
    const last = [...document.querySelectorAll('[data-item]')]
      .slice(-2)
      .map((row) => row.getAttribute('data-item') ?? '')
    const others = Object.keys(drawn.rows).filter((id) => !last.includes(id))
    return { commits: drawn.commits, otherRows: others.length }
  })
}
