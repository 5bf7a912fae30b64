/** Nothing to do, for no request: without a file of its own here, the build would take the one of Longwatch, further up. */
export function middleware(): void {}

export const config = { matcher: '/none' }
