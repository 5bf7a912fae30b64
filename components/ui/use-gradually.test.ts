import { act, createElement } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { useGradually } from '@/components/ui/use-gradually'

const STEP = 10

/** As much of an element as React asks of one that it draws nothing into. */
function emptyElement(): Element {
  const listen = { addEventListener: () => {}, removeEventListener: () => {} }
  const document = { nodeType: 9, nodeName: '#document', activeElement: null, ...listen }
  return { nodeType: 1, nodeName: 'DIV', tagName: 'DIV', ownerDocument: document, ...listen } as unknown as Element
}

/** The browser's next frames, which come when the test says so. */
let frames: Map<number, () => void>
let root: Root
/** What was drawn, one number for each time. */
let drawn: number[]

beforeEach(() => {
  frames = new Map()
  drawn = []
  let count = 0
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true)
  vi.stubGlobal('window', { event: undefined, HTMLIFrameElement: class {} })
  vi.stubGlobal('requestAnimationFrame', (callback: () => void) => {
    count += 1
    frames.set(count, callback)
    return count
  })
  vi.stubGlobal('cancelAnimationFrame', (id: number) => frames.delete(id))
  root = createRoot(emptyElement())
})
afterEach(async () => {
  await act(() => root.unmount())
  vi.unstubAllGlobals()
})

function Drawing({ total, step }: { total: number; step: number }) {
  drawn.push(useGradually(total, step))
  return null
}

const draw = (total: number, step = STEP) => act(() => root.render(createElement(Drawing, { total, step })))
const now = () => drawn.at(-1)

async function nextFrame() {
  const due = [...frames.values()]
  frames.clear()
  await act(() => {
    for (const callback of due) callback()
  })
}

/** What is drawn with each frame until there are no more. */
async function throughAllFrames(): Promise<(number | undefined)[]> {
  const seen = [now()]
  while (frames.size > 0) {
    await nextFrame()
    seen.push(now())
  }
  return seen
}

it('draws a few at once, and asks for no frame', async () => {
  await draw(STEP)
  expect(now()).toBe(STEP)
  expect(frames.size).toBe(0)
  expect(drawn).toEqual([STEP])
})

it('draws many with each frame some more, to the last, and never more than there are', async () => {
  await draw(35)
  expect(await throughAllFrames()).toEqual([10, 20, 30, 35])
  expect(Math.max(...drawn)).toBe(35)
})

it('draws what comes little by little at once', async () => {
  await draw(3)
  for (let total = 4; total <= 60; total += 7) {
    await draw(total)
    expect(now()).toBe(total)
    expect(frames.size).toBe(0)
  }
})

it('draws in steps what comes in bulk, from what was there on', async () => {
  await draw(5)
  await draw(100, 40)
  // Not even for a moment was all of it drawn.
  expect(drawn.filter((count) => count > 45)).toEqual([])
  expect(await throughAllFrames()).toEqual([45, 85, 100])
})

it('goes on to the new end when more comes meanwhile', async () => {
  await draw(25)
  await nextFrame()
  expect(now()).toBe(20)
  await draw(32)
  expect(now()).toBe(20)
  expect(await throughAllFrames()).toEqual([20, 30, 32])
  // Then it is as with what was whole from the beginning.
  await draw(41)
  expect(now()).toBe(41)
  await draw(60)
  expect(now()).toBe(51)
})

it('draws no more than is left when there is less', async () => {
  await draw(50)
  await draw(4)
  expect(now()).toBe(4)
  expect(frames.size).toBe(0)
  await draw(0)
  expect(now()).toBe(0)
})

it('asks for no frame any more once it is taken away', async () => {
  await draw(50)
  expect(frames.size).toBe(1)
  await act(() => root.render(null))
  expect(frames.size).toBe(0)
})
