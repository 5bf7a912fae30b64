/** The prefix stays before the page's title whatever sets that meanwhile. */
export interface TitleBadge {
  set: (prefix: string) => void
  /** Takes it off for good. */
  remove: () => void
}

const MARKED_ICON = 'icon-attention.svg'
const ICON = 'icon.svg'

function markIcon(isMarked: boolean) {
  for (const link of document.querySelectorAll<HTMLLinkElement>('link[rel~="icon"]')) {
    const href = isMarked
      ? link.href.replace(`/${ICON}`, `/${MARKED_ICON}`)
      : link.href.replace(`/${MARKED_ICON}`, `/${ICON}`)
    if (href !== link.href) link.href = href
  }
}

export function createTitleBadge(): TitleBadge {
  let prefix = ''

  function apply(before: string) {
    const bare =
      before !== '' && document.title.startsWith(before) ? document.title.slice(before.length) : document.title
    if (document.title !== prefix + bare) document.title = prefix + bare
  }

  const observer = new MutationObserver(() => {
    // A new title was set by the page: without the prefix.
    if (prefix !== '' && !document.title.startsWith(prefix)) apply('')
  })
  observer.observe(document.head, { subtree: true, childList: true, characterData: true })

  const set = (next: string) => {
    if (next === prefix) return
    const before = prefix
    prefix = next
    apply(before)
    markIcon(next !== '')
  }
  return {
    set,
    remove: () => {
      set('')
      observer.disconnect()
    },
  }
}
