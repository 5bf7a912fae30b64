/** What a link of an answer may do: open a web page or a mail, and say where it goes. Everything else is dead text. */
export type LinkVerdict = { allowed: false } | { allowed: true; href: string; target: string; external: boolean }

const PROTOCOLS = new Set(['http:', 'https:', 'mailto:'])

/** Control characters and spaces, which browsers strip from within a scheme. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const INVISIBLE = /[\u0000-\u0020\u007f-\u00a0\u200b-\u200f\u2028-\u202f\u2060\ufeff]/g

/** Judges a link's address. Relative addresses are dead: an answer has no place in this application to point at. */
export function judgeLink(address: string | undefined): LinkVerdict {
  if (!address) return { allowed: false }
  let url: URL
  try {
    url = new URL(address.replace(INVISIBLE, ''))
  } catch {
    return { allowed: false }
  }
  if (!PROTOCOLS.has(url.protocol)) return { allowed: false }
  if (url.username || url.password) return { allowed: false }
  if (url.protocol === 'mailto:') return { allowed: true, href: url.href, target: url.pathname, external: false }
  return { allowed: true, href: url.href, target: url.host, external: true }
}

/** Whether the text of a link already names its host, so that it need not be said twice. */
export const namesTarget = (text: string, target: string) => text.toLowerCase().includes(target.toLowerCase())
