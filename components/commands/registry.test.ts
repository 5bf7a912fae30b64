import { describe, expect, it, vi } from 'vitest'
import type { CommandContext, Subject } from '@/components/commands/command'
import { KEYS } from '@/components/commands/keys'
import { rankCommands } from '@/components/commands/rank'
import { commandOfKey, commandsNow } from '@/components/commands/registry'
import { settingsPagesFor } from '@/components/settings/navigation'
import type { Role } from '@/lib/access/types'

const organisation = (slug: string, name: string) => ({ id: `org_${slug}`, slug, name })
const ACME = organisation('acme', 'Acme Shop')

const subject = (more: Partial<Subject> = {}): Subject => ({
  id: 'ses_a',
  title: 'The night of the pool',
  pinned: false,
  archived: false,
  isOwner: true,
  isPrivate: true,
  mayAct: true,
  mayDelete: true,
  ...more,
})

function contextOf(role: Role, more: Partial<CommandContext> = {}): CommandContext {
  return {
    workspace: {
      user: { id: 'ada', name: 'Ada', email: 'ada@acme.test', serverAdmin: false },
      current: { organisation: ACME, role },
      memberships: [
        { organisation: ACME, role },
        { organisation: organisation('globex', 'Globex Lab'), role: 'viewer' },
      ],
      demo: false,
    },
    path: '/o/acme/s/ses_a',
    subject: subject(),
    sessions: {
      mark: vi.fn(),
      show: vi.fn(),
      remove: vi.fn(),
      exportAs: vi.fn(),
      rename: vi.fn(),
      share: vi.fn(),
      undo: () => ({ title: 'An old one', run: vi.fn() }),
    },
    controls: {
      jumpToLatest: vi.fn(),
      focusComposer: vi.fn(),
      stop: vi.fn(),
      model: { chosen: null, choose: vi.fn() },
    },
    lastAnswer: () => 'The disk is full.',
    models: [
      { id: 'mdl_1', label: 'One', scripted: false, takesImages: false },
      { id: 'mdl_2', label: 'Two', scripted: false, takesImages: false },
    ],
    theme: 'system',
    setTheme: vi.fn(),
    sidebarOpen: true,
    toggleSidebar: vi.fn(),
    go: vi.fn(),
    copy: vi.fn(),
    showKeys: vi.fn(),
    showPalette: vi.fn(),
    signOut: vi.fn(),
    ...more,
  }
}

const idsOf = (context: CommandContext) => commandsNow(context).map(({ id }) => id)
const run = (context: CommandContext, id: string) =>
  commandsNow(context)
    .find((one) => one.id === id)
    ?.run()

describe('the commands', () => {
  it('have ids of their own, titles, and in a running conversation every one that has a key', () => {
    for (const role of ['viewer', 'editor', 'admin'] as const) {
      const commands = commandsNow(contextOf(role))
      expect(new Set(commands.map(({ id }) => id)).size).toBe(commands.length)
      expect(commands.filter(({ title }) => title.trim() === '')).toEqual([])
      expect(
        commands
          .filter(({ shortcut }) => shortcut)
          .map(({ id }) => id)
          .sort(),
      ).toEqual(Object.keys(KEYS).sort())
    }
  })

  it('are those that can be done now: without a run nothing to stop, without an answer nothing to copy', () => {
    const bare = contextOf('editor', {
      controls: {},
      lastAnswer: null,
      subject: null,
      path: '/o/acme/settings/profile',
    })
    const ids = idsOf({ ...bare, sessions: { ...bare.sessions, undo: () => null } })
    for (const id of [
      'stop',
      'copy-answer',
      'jump-to-latest',
      'focus-composer',
      'undo-delete',
      'rename',
      'delete',
      'model-mdl_2',
    ]) {
      expect(ids).not.toContain(id)
    }
    expect(ids).toContain('new-chat')
    // Where one is, one need not go.
    expect(ids).not.toContain('settings-profile')
    expect(idsOf(contextOf('editor'))).toContain('settings-profile')
  })

  it('open those settings pages that the role may open, and no other', () => {
    for (const role of ['viewer', 'editor', 'admin'] as const) {
      const pages = idsOf(contextOf(role)).filter((id) => id.startsWith('settings-'))
      expect(pages).toEqual(settingsPagesFor(role).map(({ name }) => `settings-${name}`))
    }
    expect(idsOf(contextOf('viewer'))).not.toContain('settings-members')
  })

  it('do with a session what its reader may do with it', () => {
    const read = contextOf('viewer', {
      subject: subject({ isOwner: false, isPrivate: false, mayAct: false, mayDelete: false }),
    })
    const ids = idsOf(read)
    for (const id of ['rename', 'share', 'hand-over', 'delete']) expect(ids).not.toContain(id)
    for (const id of ['pin', 'archive', 'export-markdown', 'export-json']) expect(ids).toContain(id)
    const titles = (more: Partial<Subject>) =>
      commandsNow(contextOf('editor', { subject: subject(more) })).map(({ title }) => title)
    expect(titles({ pinned: true, archived: true })).toEqual(
      expect.arrayContaining(['Unpin', 'Take out of the archive']),
    )
  })

  it('do what they say', () => {
    const context = contextOf('admin')
    run(context, 'pin')
    expect(context.sessions.mark).toHaveBeenCalledWith('ses_a', { pinned: true })
    run(context, 'delete')
    expect(context.sessions.remove).toHaveBeenCalledWith({ id: 'ses_a', title: 'The night of the pool' })
    run(context, 'copy-answer')
    expect(context.copy).toHaveBeenCalledWith('The disk is full.')
    run(context, 'settings-members')
    expect(context.go).toHaveBeenLastCalledWith('/o/acme/settings/members')
    run(context, 'organisation-globex')
    expect(context.go).toHaveBeenLastCalledWith('/o/globex')
    run(context, 'model-mdl_2')
    expect(context.controls.model?.choose).toHaveBeenCalledWith('mdl_2')
    run(context, 'theme-dark')
    expect(context.setTheme).toHaveBeenCalledWith('dark')
  })

  it('offer the models that are not chosen, the default by no name', () => {
    const choose = vi.fn()
    const context = contextOf('editor', { controls: { model: { chosen: 'mdl_2', choose } } })
    expect(idsOf(context).filter((id) => id.startsWith('model-'))).toEqual(['model-mdl_1'])
    run(context, 'model-mdl_1')
    expect(choose).toHaveBeenCalledWith(null)
    const removed = contextOf('editor', { controls: { model: { chosen: 'mdl_gone', choose } } })
    expect(idsOf(removed).filter((id) => id.startsWith('model-'))).toEqual(['model-mdl_2'])
  })

  it('in a new chat put the caret where one writes instead of going where one is', () => {
    const context = contextOf('editor', { path: '/o/acme', subject: null })
    run(context, 'new-chat')
    expect(context.go).not.toHaveBeenCalled()
    expect(context.controls.focusComposer).toHaveBeenCalled()
  })
})

describe('a key', () => {
  const press = (key: string, ctrlKey = false) => ({
    ...{ key, ctrlKey, keyCode: 0, metaKey: false, altKey: false, shiftKey: false },
    ...{ repeat: false, isComposing: false, defaultPrevented: false, target: null },
  })

  it('starts its command; a letter alone does so only as long as letters are wanted', () => {
    expect(commandOfKey(press('n'), { apple: false, letters: true })).toBe('new-chat')
    expect(commandOfKey(press('n'), { apple: false, letters: false })).toBeNull()
    expect(commandOfKey(press('k', true), { apple: false, letters: false })).toBe('palette')
    expect(commandOfKey(press('q'), { apple: false, letters: true })).toBeNull()
  })
})

describe('words', () => {
  const commands = commandsNow(contextOf('admin'))
  const found = (words: string) => rankCommands(commands, words).flatMap((group) => group.commands.map(({ id }) => id))

  it('find commands by title and by what else they are called, the best first', () => {
    expect(found('rename')[0]).toBe('rename')
    expect(found('log out')[0]).toBe('sign-out')
    expect(found('dark')[0]).toBe('theme-dark')
    expect(found('globex')[0]).toBe('organisation-globex')
    expect(found('zzzz qqq')).toEqual([])
  })

  it('leave all of them where they are when there are none', () => {
    expect(found('  ').sort()).toEqual(commands.map(({ id }) => id).sort())
    expect(rankCommands(commands, '')[0]?.heading).toBe('Conversation')
  })
})
