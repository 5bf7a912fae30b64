import { scoped, withBasePath } from '@/lib/base-path'

/** The address of a call of the API, or of a file that it gives, for `fetch` and plain anchors. */
export const apiUrl = (path: `/api/${string}`): string => withBasePath(path)

/** Loads a page of the application anew, with everything; `path` is one within the application. */
export const loadPage = (path: string): void => window.location.assign(withBasePath(path))

/** The address of the application itself. */
export const siteUrl = (path = '/'): string => new URL(withBasePath(path), window.location.origin).href

/** The name of something that this browser keeps: nothing of ours is kept without the product's prefix. */
export const storageKey = (name: string): string => scoped('longwatch:', name)
