import { randomFillSync } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import type { Locator, Page } from '@playwright/test'
import type { Chat } from './chat.ts'
import { test as base } from './test.ts'
import { World } from './world.ts'

/** Acme has a second model, which takes images. */
export const test = base.extend<object, { world: World }>({
  world: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures' names from the pattern
    async ({}, use) => {
      const address = ['"$', '{DEMO_MODEL_URL}"'].join('')
      const seeing = `contextTokens: 64000
    models:
      - { name: seeing model, provider: openai-compatible, baseUrl: ${address}, model: demo-seeing, contextTokens: 64000, takesImages: true }`
      const world = await World.start({
        provisioned: true,
        provisioning: (demo) => demo.replace('contextTokens: 64000', seeing),
      })
      await use(world)
      await world.stop()
    },
    { scope: 'worker', timeout: 120_000 },
  ],
})

export const editor = (chat: Chat) => chat.page.getByTestId('question-editor')
const formOf = (chat: Chat) => chat.page.getByRole('form', { name: 'Message' })
/** The files of what is being written; of what is edited when its form is named. */
export const chips = (chat: Chat, form: Locator = formOf(chat)) => form.getByTestId('chip')
/** What was sent with a question. */
export const files = (question: Locator) => question.getByTestId('message-file')
export const log = (name: string, text: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) })
export interface Chosen {
  name: string
  mimeType: string
  buffer: Buffer
}
export const chooseIn = (form: Locator, ...chosen: Chosen[]) => form.getByTestId('file-input').setInputFiles(chosen)
export const choose = (chat: Chat, ...chosen: Chosen[]) => chooseIn(formOf(chat), ...chosen)

/** Pastes as the keyboard does: the page sees what the clipboard holds. */
export async function paste(page: Page, text: string, field = page.getByTestId('composer')): Promise<void> {
  await field.focus()
  await page.evaluate((words) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/plain', words)
    document.activeElement?.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }),
    )
  }, text)
}

/** Lets go of a file above an element, as the mouse does that brings it from the desktop. */
export async function drop(target: Locator, name: string, text: string): Promise<void> {
  const dataTransfer = await target.page().evaluateHandle(
    ([called, words]) => {
      const data = new DataTransfer()
      data.items.add(new File([words], called, { type: 'text/plain' }))
      return data
    },
    [name, text] as const,
  )
  await target.dispatchEvent('dragenter', { dataTransfer })
  await target.dispatchEvent('dragover', { dataTransfer })
  await target.dispatchEvent('drop', { dataTransfer })
}

/** A small picture of one colour. */
const png = () => encodePng(40, 30, (bytes) => bytes.fill(0x80))
/** One that cannot be compressed. */
export const noise = (width: number, height: number) => encodePng(width, height, randomFillSync)

function encodePng(width: number, height: number, fill: (bytes: Buffer) => Buffer): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data])
    const length = Buffer.alloc(4)
    length.writeUInt32BE(data.length)
    const sum = Buffer.alloc(4)
    sum.writeUInt32BE(crc(body))
    return Buffer.concat([length, body, sum])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const row = () => Buffer.concat([Buffer.from([0]), fill(Buffer.alloc(width * 3))])
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, row)), { level: 1 })
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))])
}

function crc(bytes: Buffer): number {
  let value = ~0
  for (const byte of bytes) {
    value ^= byte
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  }
  return ~value >>> 0
}

export const picture = (name: string) => ({ name, mimeType: 'image/png', buffer: png() })
