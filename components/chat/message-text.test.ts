import { describe, expect, it } from 'vitest'
import { messageIdOfHash, messageLink, textOfMessage } from '@/components/chat/message-text'

describe('the address of a message', () => {
  it('is the page’s own, whatever it is served under, without what else stood there', () => {
    const link = messageLink('https://ops.test/watch/o/acme/s/ses_1?x=1#msg_old', 'msg_run_1')
    expect(link).toBe('https://ops.test/watch/o/acme/s/ses_1#msg_run_1')
    expect(messageIdOfHash(new URL(link).hash)).toBe('msg_run_1')
  })

  it('points at no message when it says something else', () => {
    for (const hash of ['', '#', '#top', '#%E0%A4%A', '#msg_"] *', '#msg_']) expect(messageIdOfHash(hash)).toBeNull()
  })
})

it('gives the words of a message without its thoughts and calls', () => {
  const parts = [
    { type: 'reasoning', text: 'hm' },
    { type: 'text', text: 'One.' },
    { type: 'step-start' },
    { type: 'text', text: 'Two.' },
  ]
  const session = {
    message: () => ({ partKeys: parts.map((_, index) => String(index)) }) as never,
    part: (_: string, index: number) => parts[index] as never,
  }
  expect(textOfMessage(session, 'msg_1')).toBe('One.\n\nTwo.')
})
