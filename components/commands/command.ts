import type { LucideIcon } from 'lucide-react'
import type { ModelChoice } from '@/components/chat/models'
import type { Lent } from '@/components/commands/controls'
import type { Shortcut } from '@/components/commands/shortcut'
import type { SessionActions } from '@/components/sessions/session-actions'
import type { Workspace } from '@/components/sessions/workspace'
import type { Theme } from '@/components/ui/theme'

export const COMMAND_GROUPS = ['Conversation', 'Go to', 'Model', 'Appearance', 'Help', 'Account'] as const
export type CommandGroup = (typeof COMMAND_GROUPS)[number]

/** Something that a person can do: the palette, the menus, the keys and their map all read it here. */
export interface Command {
  id: string
  title: string
  group: CommandGroup
  icon: LucideIcon
  /** More words by which it is found. */
  keywords?: string[]
  shortcut?: Shortcut
  danger?: boolean
  /** It shows another page or place: the focus goes there and not back to where it was. */
  leads?: boolean
  run: () => void | Promise<void>
}

/** The session that commands are about, and what its reader may do with it. */
export interface Subject {
  id: string
  title: string
  pinned: boolean
  archived: boolean
  isOwner: boolean
  isPrivate: boolean
  mayAct: boolean
  mayDelete: boolean
}

/** All that decides which commands there are at a moment, and what they are done with. */
export interface CommandContext {
  workspace: Workspace
  /** The address without its search part. */
  path: string
  /** Null outside of conversations, and in one that has not begun. */
  subject: Subject | null
  sessions: SessionActions
  /** What the conversation on the page offers now. */
  controls: Lent
  /** The latest answer's words; null when there is none. */
  lastAnswer: (() => string) | null
  models: readonly ModelChoice[]
  theme: Theme
  setTheme: (theme: Theme) => void
  sidebarOpen: boolean
  toggleSidebar: () => void
  /** Goes to a page, after asking when something is unsaved. */
  go: (path: string) => void
  copy: (text: string) => Promise<void>
  showKeys: () => void
  showPalette: () => void
  signOut: () => void
}

/** The command in a list of its own, or none when it cannot be done now. */
export const when = (possible: boolean, command: Command): Command[] => (possible ? [command] : [])

/** Makes those commands of one concern that can be done now. */
export type CommandSource = (context: CommandContext) => Command[]
