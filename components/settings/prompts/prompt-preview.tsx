'use client'

import { useId, useState } from 'react'
import { messageOf, requestJson } from '@/components/api/request'
import { Section } from '@/components/settings/page-frame'
import { Button } from '@/components/ui/button'
import { Notice } from '@/components/ui/field'
import type { PromptPreview as Preview } from '@/lib/access/prompts'
import { ROLES, type Role } from '@/lib/access/types'

type PromptType = 'chat' | 'investigation'
type Shown = { status: 'none' } | { status: 'shown'; preview: Preview } | { status: 'failed'; message: string }

const SELECT = 'h-9 rounded-lg border border-line-strong bg-surface px-2.5 text-sm'

/** All that the model would be told now, with what is typed and not saved yet. */
export function PromptPreview({
  organisationId,
  type,
  onType,
  template,
}: {
  organisationId: string
  type: PromptType
  onType: (type: PromptType) => void
  /** Null: the built-in one. */
  template: string | null
}) {
  const id = useId()
  const [role, setRole] = useState<Role>('editor')
  const [busy, setBusy] = useState(false)
  const [shown, setShown] = useState<Shown>({ status: 'none' })

  const show = async () => {
    setBusy(true)
    try {
      const preview = await requestJson<Preview>(`/api/settings/prompts/preview?org=${organisationId}`, {
        method: 'POST',
        body: { type, role, template },
      })
      setShown({ status: 'shown', preview })
    } catch (error) {
      setShown({ status: 'failed', message: messageOf(error) })
    } finally {
      setBusy(false)
    }
  }

  return (
    <Section title="Preview" description="With what is typed above, the real values of now and the tools of a role.">
      <div className="flex flex-wrap items-end gap-3">
        <div className="grid gap-1">
          <label htmlFor={`${id}-type`} className="text-xs text-muted">
            Prompt
          </label>
          <select
            id={`${id}-type`}
            value={type}
            onChange={(event) => onType(event.currentTarget.value as PromptType)}
            className={SELECT}
          >
            <option value="chat">Chats</option>
            <option value="investigation">Investigations</option>
          </select>
        </div>
        <div className="grid gap-1">
          <label htmlFor={`${id}-role`} className="text-xs text-muted">
            Asked by
          </label>
          <select
            id={`${id}-role`}
            value={role}
            onChange={(event) => setRole(event.currentTarget.value as Role)}
            className={SELECT}
          >
            {ROLES.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </div>
        <Button busy={busy} onClick={show} data-testid="show-preview">
          Show the preview
        </Button>
      </div>
      {shown.status === 'failed' && <Notice tone="danger">{shown.message}</Notice>}
      {shown.status === 'shown' && (
        <div className="grid gap-2">
          <p className="text-xs text-muted">{shown.preview.tokens} tokens in all; what cannot be replaced is paler.</p>
          <div
            data-testid="prompt-preview"
            className="rounded-lg border border-line bg-surface p-3 font-mono text-xs leading-5 whitespace-pre-wrap [overflow-wrap:anywhere]"
          >
            {shown.preview.text.slice(0, shown.preview.ownLength)}
            <span className="text-faint">{shown.preview.text.slice(shown.preview.ownLength)}</span>
          </div>
        </div>
      )}
    </Section>
  )
}
