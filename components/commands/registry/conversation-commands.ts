import { ArrowDown, Copy, MessageSquarePlus, Square, TextCursorInput, Undo2 } from 'lucide-react'
import { type CommandSource, when } from '@/components/commands/command'
import { sessionCommands } from '@/components/commands/registry/session-commands'
import { newChatPath } from '@/components/sessions/paths'

const IN = { group: 'Conversation' } as const

/** Asking, reading, stopping; and what is done with the session that is shown. */
export const conversationCommands: CommandSource = (context) => {
  const { workspace, controls, lastAnswer, subject, sessions, path, go } = context
  const { slug, name } = workspace.current.organisation
  const undo = sessions.undo()
  return [
    {
      ...IN,
      id: 'new-chat',
      title: 'New chat',
      icon: MessageSquarePlus,
      keywords: ['conversation', 'session', 'ask', 'begin'],
      leads: true,
      run: () => (path === newChatPath(slug) ? controls.focusComposer?.() : go(newChatPath(slug))),
    },
    ...when(undo !== null, {
      ...IN,
      id: 'undo-delete',
      title: `Take back the deletion of “${undo?.title ?? ''}”`,
      icon: Undo2,
      keywords: ['undo', 'restore'],
      run: () => undo?.run(),
    }),
    ...when(controls.stop !== undefined, {
      ...IN,
      id: 'stop',
      title: 'Stop the run',
      icon: Square,
      keywords: ['cancel', 'end', 'abort'],
      run: () => controls.stop?.(),
    }),
    ...when(controls.focusComposer !== undefined, {
      ...IN,
      id: 'focus-composer',
      title: 'Write a message',
      icon: TextCursorInput,
      keywords: ['composer', 'focus', 'question'],
      leads: true,
      run: () => controls.focusComposer?.(),
    }),
    ...when(controls.jumpToLatest !== undefined, {
      ...IN,
      id: 'jump-to-latest',
      title: 'Jump to the latest',
      icon: ArrowDown,
      keywords: ['end', 'bottom', 'scroll'],
      run: () => controls.jumpToLatest?.(),
    }),
    ...when(lastAnswer !== null, {
      ...IN,
      id: 'copy-answer',
      title: 'Copy the last answer',
      icon: Copy,
      keywords: ['clipboard'],
      run: () => context.copy(lastAnswer?.() ?? ''),
    }),
    ...(subject ? sessionCommands(subject, sessions, name) : []),
  ]
}
