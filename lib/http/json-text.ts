/** As a handler's result with status 200, which is JSON text already. */
export const jsonTextResponse = (text: string) =>
  new Response(text, { headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' } })
