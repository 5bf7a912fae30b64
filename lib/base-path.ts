/** The path under which the application was built to stand (`/longwatch`); empty at the root of its address. */
export const BASE_PATH: string = process.env.LONGWATCH_BUILT_BASE_PATH ?? ''

/**
 * An address of this site for whatever does not go through Next.js' own links and router, which know the base path:
 * calls of the API, plain anchors, whole page loads, what is handed over to others.
 */
export const withBasePath = (path: string, basePath = BASE_PATH): string =>
  path === '/' && basePath !== '' ? basePath : `${basePath}${path}`

/** The path within the application of a path of the browser's address. */
export function withoutBasePath(path: string, basePath = BASE_PATH): string {
  if (basePath === '' || !(path === basePath || path.startsWith(`${basePath}/`))) return path
  return path.slice(basePath.length) || '/'
}

/** Names of what a browser keeps for the whole origin: two applications under one origin do not share them. */
export const scoped = (prefix: string, name: string, basePath = BASE_PATH): string =>
  `${prefix}${basePath === '' ? '' : `${basePath.slice(1).replaceAll('/', '.')}:`}${name}`

/** Cookies are of one application: their path is its own, and their names differ from those of one that stands above it. */
export const COOKIE_PATH = BASE_PATH === '' ? '/' : BASE_PATH
export const COOKIE_SCOPE = BASE_PATH === '' ? '' : `${BASE_PATH.slice(1).replaceAll('/', '.')}.`
