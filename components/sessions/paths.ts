export const newChatPath = (slug: string) => `/o/${slug}`
export const sessionPath = (slug: string, sessionId: string) => `/o/${slug}/s/${sessionId}`

/** The session that a path shows; null for a new chat and for every other page. */
export function sessionIdOfPath(path: string): string | null {
  const match = /\/o\/[^/]+\/s\/([^/]+)\/?$/.exec(path)
  return match?.[1] ? decodeURIComponent(match[1]) : null
}
