import { type Role, roleAtLeast } from '@/lib/access/types'

/** One page under `/o/{slug}/settings/`. */
export interface SettingsPage {
  /** The last part of its address. */
  name: string
  label: string
  group: 'You' | 'Organisation' | 'Agent' | 'Watch'
  minimumRole: Role
  /** The page exists. What does not is left out of every menu. */
  ready: boolean
}

/** Every settings page, in the order of the menus. */
export const SETTINGS_PAGES: SettingsPage[] = [
  {
    name: 'profile',
    label: 'Profile',
    group: 'You',
    minimumRole: 'viewer',
    ready: true,
  },
  {
    name: 'general',
    label: 'General',
    group: 'Organisation',
    minimumRole: 'admin',
    ready: true,
  },
  {
    name: 'members',
    label: 'Members',
    group: 'Organisation',
    minimumRole: 'admin',
    ready: true,
  },
  {
    name: 'tokens',
    label: 'API tokens',
    group: 'Organisation',
    minimumRole: 'viewer',
    ready: true,
  },
  {
    name: 'models',
    label: 'Models',
    group: 'Agent',
    minimumRole: 'admin',
    ready: true,
  },
  {
    name: 'mcp',
    label: 'MCP servers',
    group: 'Agent',
    minimumRole: 'admin',
    ready: true,
  },
  {
    name: 'tools',
    label: 'Tools and policy',
    group: 'Agent',
    minimumRole: 'admin',
    ready: true,
  },
  {
    name: 'prompts',
    label: 'Prompts',
    group: 'Agent',
    minimumRole: 'admin',
    ready: true,
  },
  {
    name: 'runs',
    label: 'Running now',
    group: 'Watch',
    minimumRole: 'viewer',
    ready: true,
  },
  {
    name: 'usage',
    label: 'Usage and cost',
    group: 'Watch',
    minimumRole: 'viewer',
    ready: true,
  },
  {
    name: 'audit',
    label: 'Audit log',
    group: 'Watch',
    minimumRole: 'admin',
    ready: true,
  },
  {
    name: 'diagnostics',
    label: 'Diagnostics',
    group: 'Watch',
    minimumRole: 'admin',
    ready: true,
  },
]

/** The pages that exist and that the role may open. */
export const settingsPagesFor = (role: Role): SettingsPage[] =>
  SETTINGS_PAGES.filter((page) => page.ready && roleAtLeast(role, page.minimumRole))

export const settingsPath = (slug: string, name?: string) => `/o/${slug}/settings${name ? `/${name}` : ''}`

/** The settings page that a path shows; '' for the settings' own address, null for every other page. */
export function settingsPageOfPath(path: string): string | null {
  const match = /^\/o\/[^/]+\/settings(?:\/([^/]+))?/.exec(path)
  return match ? (match[1] ?? '') : null
}
