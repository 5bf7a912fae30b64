import type { Command, CommandContext } from '@/components/commands/command'
import { KEYS } from '@/components/commands/keys'
import { conversationCommands } from '@/components/commands/registry/conversation-commands'
import { pageCommands } from '@/components/commands/registry/page-commands'
import { placeCommands } from '@/components/commands/registry/place-commands'
import { matches, type PressedKey } from '@/components/commands/shortcut'

const SOURCES = [conversationCommands, placeCommands, pageCommands]

/** Every command that can be done now, with its key, in the order in which it is shown. */
export const commandsNow = (context: CommandContext): Command[] =>
  SOURCES.flatMap((source) => source(context)).map((command) =>
    KEYS[command.id] ? { ...command, shortcut: KEYS[command.id] } : command,
  )

/** The id of the command that the pressed key starts, be it possible now or not; null: no key of ours. */
export function commandOfKey(event: PressedKey, how: { apple: boolean; letters: boolean }): string | null {
  for (const [id, key] of Object.entries(KEYS)) {
    if ((key.mod || how.letters) && matches(key, event, how.apple)) return id
  }
  return null
}
