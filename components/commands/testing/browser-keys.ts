/** What browsers do with Ctrl, or ⌘ on Apple's keyboards: never the page's. */
export const BROWSERS_WITH_CTRL = [...'twnlfrpsdhjouacvxzy019+-']
