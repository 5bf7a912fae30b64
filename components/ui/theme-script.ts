import { storageKey } from '@/components/site'

export const THEME_KEY = storageKey('theme')

/** Runs before the first paint, so that a stored choice does not flash. Inlined with the page's nonce. */
export const THEME_SCRIPT = `try{var t=localStorage.getItem('${THEME_KEY}');if(t==='light'||t==='dark')document.documentElement.dataset.theme=t}catch(e){}`
