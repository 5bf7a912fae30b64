'use client'

import { Monitor, Moon, Sun } from 'lucide-react'
import { useCallback, useSyncExternalStore } from 'react'
import { MenuRadioGroup, MenuRadioItem } from '@/components/ui/menu'
import { THEME_KEY } from '@/components/ui/theme-script'

export type Theme = 'light' | 'dark' | 'system'

const CHANGED = 'longwatch:theme-changed'

function readTheme(): Theme {
  try {
    const stored = localStorage.getItem(THEME_KEY)
    return stored === 'light' || stored === 'dark' ? stored : 'system'
  } catch {
    return 'system'
  }
}

function subscribe(listener: () => void) {
  window.addEventListener('storage', listener)
  window.addEventListener(CHANGED, listener)
  return () => {
    window.removeEventListener('storage', listener)
    window.removeEventListener(CHANGED, listener)
  }
}

function applyTheme(theme: Theme) {
  try {
    if (theme === 'system') localStorage.removeItem(THEME_KEY)
    else localStorage.setItem(THEME_KEY, theme)
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  window.dispatchEvent(new Event(CHANGED))
}

/** The theme as chosen, and the way to choose it. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const theme = useSyncExternalStore(subscribe, readTheme, () => 'system' as const)
  return [theme, useCallback(applyTheme, [])]
}

/** Light, dark or as the system has it: three lines of a menu. */
export function ThemeItems() {
  const [theme, setTheme] = useTheme()
  return (
    <MenuRadioGroup value={theme} onValueChange={(value) => setTheme(value as Theme)}>
      <MenuRadioItem value="system" icon={<Monitor size={15} aria-hidden />}>
        As the system
      </MenuRadioItem>
      <MenuRadioItem value="light" icon={<Sun size={15} aria-hidden />}>
        Light
      </MenuRadioItem>
      <MenuRadioItem value="dark" icon={<Moon size={15} aria-hidden />}>
        Dark
      </MenuRadioItem>
    </MenuRadioGroup>
  )
}
