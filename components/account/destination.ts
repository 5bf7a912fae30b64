/** Where to go after signing in: only paths of this site are followed, anything else leads to the start. */
export function safeDestination(value: unknown): string {
  if (typeof value !== 'string' || !value.startsWith('/')) return '/'
  try {
    const url = new URL(value, 'http://here.invalid')
    return url.host === 'here.invalid' ? `${url.pathname}${url.search}` : '/'
  } catch {
    return '/'
  }
}
