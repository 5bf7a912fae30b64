import { COOKIE_PATH, COOKIE_SCOPE } from '@/lib/base-path'

/** Names the organisation that the browser showed last. A hint for `/`, checked against the memberships there. */
export const LAST_ORGANISATION_COOKIE =
  COOKIE_SCOPE === '' ? 'longwatch-organisation' : `longwatch-${COOKIE_SCOPE}organisation`

export function rememberOrganisation(slug: string) {
  if (typeof document === 'undefined') return
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser yet
  document.cookie = `${LAST_ORGANISATION_COOKIE}=${encodeURIComponent(slug)}; Path=${COOKIE_PATH}; Max-Age=31536000; SameSite=Lax`
}
