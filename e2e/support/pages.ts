import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { ROOT } from '../../scripts/lib.mjs'

/** Every page of the application by its route, as the folders name it: `/o/[slug]/s/[sessionId]`. */
export function pagesOfTheApplication(): string[] {
  return readdirSync(join(ROOT, 'app'), { recursive: true, encoding: 'utf8' })
    .filter((file) => basename(file) === 'page.tsx')
    .map((file) => (dirname(file) === '.' ? '/' : `/${dirname(file)}`))
    .sort()
}

/** Matches the addresses of a route, whatever stands behind `?` and `#`. */
export function addressOf(route: string): RegExp {
  const path = route.replaceAll(/\[[^\]]+\]/g, '[^/?#]+')
  return new RegExp(`^https?://[^/]+${path}(?:[?#].*)?$`)
}
