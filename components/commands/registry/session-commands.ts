import { Archive, ArchiveRestore, Braces, FileText, PencilLine, Pin, PinOff, Share2, Trash2, Users } from 'lucide-react'
import { type Command, type Subject, when } from '@/components/commands/command'
import type { SessionActions } from '@/components/sessions/session-actions'

const IN = { group: 'Conversation' } as const

/** What can be done with a session, in the order of its menus. `organisation` is the name to hand it over to. */
export function sessionCommands(subject: Subject, actions: SessionActions, organisation: string): Command[] {
  const { id, title, pinned, archived, isOwner, isPrivate, mayAct, mayDelete } = subject
  return [
    ...when(mayAct, {
      ...IN,
      id: 'rename',
      title: 'Rename',
      icon: PencilLine,
      keywords: ['title', 'name'],
      run: () => actions.rename({ id, title }),
    }),
    {
      ...IN,
      id: 'pin',
      title: pinned ? 'Unpin' : 'Pin',
      icon: pinned ? PinOff : Pin,
      run: () => actions.mark(id, { pinned: !pinned }),
    },
    {
      ...IN,
      id: 'archive',
      title: archived ? 'Take out of the archive' : 'Archive',
      icon: archived ? ArchiveRestore : Archive,
      run: () => actions.mark(id, { archived: !archived }),
    },
    ...when(isOwner && isPrivate, {
      ...IN,
      id: 'hand-over',
      title: `Hand over to ${organisation}`,
      icon: Users,
      keywords: ['visibility', 'organisation', 'colleagues'],
      run: () => actions.show(id, 'organisation'),
    }),
    ...when(mayAct, {
      ...IN,
      id: 'share',
      title: 'Share…',
      icon: Share2,
      keywords: ['link'],
      run: () => actions.share(id),
    }),
    {
      ...IN,
      id: 'export-markdown',
      title: 'Export as Markdown',
      icon: FileText,
      keywords: ['save', 'download', 'file'],
      run: () => actions.exportAs(id, 'markdown'),
    },
    {
      ...IN,
      id: 'export-json',
      title: 'Export as JSON',
      icon: Braces,
      keywords: ['save', 'download', 'file'],
      run: () => actions.exportAs(id, 'json'),
    },
    ...when(mayDelete, {
      ...IN,
      id: 'delete',
      title: 'Delete',
      icon: Trash2,
      danger: true,
      keywords: ['remove'],
      run: () => actions.remove({ id, title }),
    }),
  ]
}
