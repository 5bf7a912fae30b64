import { expect, type Locator, type Page } from '@playwright/test'

/** A number of words as the scripted model writes them: w1 w2 … */
export const words = (count: number) => Array.from({ length: count }, (_, index) => `w${index + 1}`)

/** The workspace as a person works with it. */
export class Chat {
  readonly page: Page
  readonly composer: Locator
  readonly sendButton: Locator
  readonly stopButton: Locator
  readonly questions: Locator
  readonly answers: Locator
  readonly queue: Locator
  readonly notes: Locator
  readonly cards: Locator

  constructor(page: Page) {
    this.page = page
    this.composer = page.getByTestId('composer')
    this.sendButton = page.getByTestId('send')
    this.stopButton = page.getByTestId('stop')
    this.questions = page.getByTestId('message-user')
    this.answers = page.getByTestId('message-assistant')
    this.queue = page.getByTestId('queue-item')
    this.notes = page.getByTestId('run-note')
    this.cards = page.getByTestId('tool-card')
  }

  /** The latest answer. */
  get answer(): Locator {
    return this.answers.last()
  }

  /** Types and sends; resolves when the server has the message. */
  async ask(question: string): Promise<void> {
    await this.composer.fill(question)
    await this.sendButton.click()
    await expect(this.composer).toHaveValue('')
    await expect(this.page).toHaveURL(/\/s\//)
  }

  /** The cards of calls of one tool. */
  card(tool: string): Locator {
    return this.page.locator(`[data-testid=tool-card][data-tool$="${tool}"]`)
  }

  /** The questions that wait for a verdict. */
  get approvals(): Locator {
    return this.page.locator('[data-testid=approval][data-state=open]')
  }

  /** Resolves when the latest answer has ended so. */
  async answerIs(status: 'completed' | 'failed' | 'cancelled', timeout = 45_000): Promise<void> {
    await expect(this.answer).toHaveAttribute('data-status', status, { timeout })
  }

  /** The numbered words that an answer shows, in their order on the page. */
  async wordsOf(answer: Locator = this.answer): Promise<string[]> {
    return (await answer.innerText()).match(/\bw\d+\b/g) ?? []
  }

  /** Resolves when at least so many words are shown. */
  async untilWords(count: number): Promise<void> {
    await expect(this.answer.getByText(new RegExp(`\\bw${count}\\b`))).toBeVisible({ timeout: 45_000 })
  }

  /** Each word of a complete answer exactly once and in order. */
  async showsWordsOnce(count: number, answer: Locator = this.answer): Promise<void> {
    await expect(answer).toHaveAttribute('data-status', 'completed', { timeout: 60_000 })
    // The latest answer may still be the one before; a word that is lost or doubled stays so.
    await expect.poll(() => this.wordsOf(answer)).toEqual(words(count))
    await expect(answer).toHaveAttribute('data-status', 'completed', { timeout: 60_000 })
    expect(await this.wordsOf(answer)).toEqual(words(count))
  }

  /** The address of the session that is shown. */
  get sessionPath(): string {
    return new URL(this.page.url()).pathname
  }

  get sessionId(): string {
    const id = /\/s\/([^/]+)/.exec(this.page.url())?.[1]
    if (!id) throw new Error(`No session is shown at ${this.page.url()}.`)
    return id
  }

  /** The entry of a session in the list. */
  link(sessionId: string): Locator {
    return this.page.locator(`[data-testid=session-link][data-session="${sessionId}"]:visible`)
  }

  async chooseMenuItem(name: string | RegExp): Promise<void> {
    await this.page.getByRole('menuitem', { name }).click()
  }
}
