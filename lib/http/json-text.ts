import { Answer } from '@/lib/http/answer'

/** As a handler's result with status 200, which is JSON text already. */
export const jsonTextAnswer = (text: string) =>
  new Answer(text, {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
  })
