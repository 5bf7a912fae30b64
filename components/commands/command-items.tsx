'use client'

import type { Command } from '@/components/commands/command'
import { MenuItem } from '@/components/ui/menu'

/** Commands as lines of a menu, in the words and with the deeds that the palette has for them. */
export function CommandItems({ commands }: { commands: readonly Command[] }) {
  return commands.map(({ id, title, icon: Icon, danger, run }) => (
    <MenuItem
      key={id}
      data-testid={id}
      data-command={id}
      danger={danger}
      icon={<Icon size={15} aria-hidden />}
      onSelect={() => void run()}
    >
      {title}
    </MenuItem>
  ))
}
