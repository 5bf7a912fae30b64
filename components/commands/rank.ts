import { defaultFilter } from 'cmdk'
import { COMMAND_GROUPS, type Command, type CommandGroup } from '@/components/commands/command'

export interface RankedGroup {
  heading: CommandGroup
  commands: Command[]
}

/** The commands that the words find, the best first, in their groups; without words all of them as they stand. */
export function rankCommands(commands: readonly Command[], words: string): RankedGroup[] {
  const wanted = words.trim()
  const ranked = commands
    .map((command) => ({
      command,
      score: wanted === '' ? 1 : (defaultFilter?.(command.title, wanted, command.keywords) ?? 0),
    }))
    .filter(({ score }) => score > 0)
    .sort((left, right) => right.score - left.score)
  const headings = wanted === '' ? COMMAND_GROUPS : [...new Set(ranked.map(({ command }) => command.group))]
  return headings
    .map((heading) => ({
      heading,
      commands: ranked.filter(({ command }) => command.group === heading).map(({ command }) => command),
    }))
    .filter((group) => group.commands.length > 0)
}
