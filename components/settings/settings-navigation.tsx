'use client'

import {
  Activity,
  Bot,
  Building2,
  ChartNoAxesColumn,
  CircleUser,
  KeyRound,
  type LucideIcon,
  Play,
  Plug,
  ScrollText,
  SlidersHorizontal,
  TextQuote,
  Users,
} from 'lucide-react'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { useWorkspace } from '@/components/sessions/workspace'
import { type SettingsPage, settingsPageOfPath, settingsPagesFor, settingsPath } from '@/components/settings/navigation'
import { cx } from '@/components/ui/cx'

const ICONS: Record<string, LucideIcon> = {
  profile: CircleUser,
  general: Building2,
  members: Users,
  tokens: KeyRound,
  models: Bot,
  mcp: Plug,
  tools: SlidersHorizontal,
  prompts: TextQuote,
  runs: Play,
  usage: ChartNoAxesColumn,
  audit: ScrollText,
  diagnostics: Activity,
}

/** The pages in their groups, in the order of the list. */
export function groupPages(pages: SettingsPage[]): { group: string; pages: SettingsPage[] }[] {
  const groups: { group: string; pages: SettingsPage[] }[] = []
  for (const page of pages) {
    const last = groups.at(-1)
    if (last?.group === page.group) last.pages.push(page)
    else groups.push({ group: page.group, pages: [page] })
  }
  return groups
}

/** In the sidebar's place of the sessions, while settings are shown. */
export function SettingsNavigation({ onNavigate }: { onNavigate: () => void }) {
  const { current } = useWorkspace()
  const open = settingsPageOfPath(usePathname())
  return (
    <nav aria-label="Settings" className="min-h-0 flex-1 overflow-y-auto px-2 pb-3">
      {groupPages(settingsPagesFor(current.role)).map(({ group, pages }) => (
        <div key={group}>
          <p className="px-2 pt-3 pb-1 text-2xs font-medium text-faint">{group}</p>
          <ul>
            {pages.map(({ name, label }) => {
              const Icon = ICONS[name] ?? SlidersHorizontal
              return (
                <li key={name}>
                  <Link
                    href={settingsPath(current.organisation.slug, name)}
                    onClick={onNavigate}
                    aria-current={name === open ? 'page' : undefined}
                    data-testid="settings-link"
                    data-page={name}
                    className={cx(
                      'flex h-8 touch:h-10 items-center gap-2.5 rounded-md px-2 text-sm',
                      name === open ? 'bg-selected font-medium' : 'hover:bg-hover',
                    )}
                  >
                    <Icon size={15} aria-hidden className={name === open ? 'text-accent' : 'text-faint'} />
                    <span className="min-w-0 truncate">{label}</span>
                  </Link>
                </li>
              )
            })}
          </ul>
        </div>
      ))}
    </nav>
  )
}
