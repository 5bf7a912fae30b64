import type { ComponentProps } from 'react'

/**
 * Things that belong together, under a name for those who listen. Not a fieldset, which is of forms; not a section, which
 * with a name is a landmark: a page has many groups of the same name.
 */
export function Group({ label, ...rest }: ComponentProps<'div'> & { label: string }) {
  const named = { role: 'group', 'aria-label': label }
  return <div {...named} {...rest} />
}
