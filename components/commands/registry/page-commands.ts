import { Bot, Command as CommandIcon, Keyboard, LogOut, Monitor, Moon, PanelLeft, Sun } from 'lucide-react'
import { type CommandSource, when } from '@/components/commands/command'

const THEMES = [
  { value: 'system', title: 'Theme: as the system', icon: Monitor },
  { value: 'light', title: 'Theme: light', icon: Sun },
  { value: 'dark', title: 'Theme: dark', icon: Moon },
] as const

/** How the page looks and answers: models, theme, sidebar, help, the way out. */
export const pageCommands: CommandSource = (context) => {
  const { controls, models, theme, setTheme } = context
  const { model } = controls
  const [standard] = models
  const chosen = models.find(({ id }) => id === model?.chosen) ?? standard
  return [
    ...models.flatMap((one) =>
      when(model !== undefined && models.length > 1 && one !== chosen, {
        id: `model-${one.id}`,
        title: `Model: ${one.label}`,
        group: 'Model',
        icon: Bot,
        run: () => model?.choose(one === standard ? null : one.id),
      }),
    ),
    {
      id: 'toggle-sidebar',
      title: context.sidebarOpen ? 'Hide the sidebar' : 'Show the sidebar',
      group: 'Appearance',
      icon: PanelLeft,
      run: context.toggleSidebar,
    },
    ...THEMES.flatMap(({ value, title, icon }) =>
      when(value !== theme, {
        id: `theme-${value}`,
        title,
        group: 'Appearance',
        icon,
        keywords: ['colour', 'mode'],
        run: () => setTheme(value),
      }),
    ),
    {
      id: 'palette',
      title: 'All commands',
      group: 'Help',
      icon: CommandIcon,
      run: context.showPalette,
    },
    {
      id: 'keys',
      title: 'Keyboard map',
      group: 'Help',
      icon: Keyboard,
      keywords: ['shortcuts', 'keys', 'help'],
      run: context.showKeys,
    },
    {
      id: 'sign-out',
      title: 'Sign out',
      group: 'Account',
      icon: LogOut,
      keywords: ['log out', 'leave'],
      run: context.signOut,
    },
  ]
}
