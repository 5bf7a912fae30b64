'use client'

import { useRouter } from 'next/navigation'
import { useRef, useState } from 'react'
import { createServer } from '@/components/settings/mcp/api'
import type { ServerDraft } from '@/components/settings/mcp/draft'
import { PRESETS, type Preset } from '@/components/settings/mcp/presets'
import { ServerForm } from '@/components/settings/mcp/server-form'
import { settingsPath } from '@/components/settings/navigation'
import { cx } from '@/components/ui/cx'
import { leaving } from '@/components/ui/unsaved'

const draftFor = (preset: Preset): ServerDraft => ({
  name: preset.name,
  transport: 'streamable-http',
  url: '',
  headers: preset.headers(),
  dial: 10,
  list: 10,
  call: 30,
})

/** Which kind of server, then its settings. */
export function NewServer({ slug, organisationId }: { slug: string; organisationId: string }) {
  const router = useRouter()
  const created = useRef<string | null>(null)
  const [chosen, setChosen] = useState<{ preset: Preset; draft: ServerDraft } | null>(null)
  return (
    <>
      <fieldset>
        <legend className="mb-2 text-sm font-medium">What kind of server?</legend>
        <div className="grid gap-3 sm:grid-cols-3">
          {PRESETS.map((preset) => (
            <button
              key={preset.id}
              type="button"
              data-testid={`preset-${preset.id}`}
              aria-pressed={chosen?.preset.id === preset.id}
              onClick={() => leaving(() => setChosen({ preset, draft: draftFor(preset) }))}
              className={cx(
                'rounded-lg border p-3 text-left',
                chosen?.preset.id === preset.id
                  ? 'border-accent bg-accent-soft'
                  : 'border-line bg-surface hover:bg-hover',
              )}
            >
              <span className="block text-sm font-medium">{preset.label}</span>
              <span className="mt-1 block text-xs text-muted">{preset.description}</span>
            </button>
          ))}
        </div>
      </fieldset>
      {chosen && (
        <ServerForm
          key={chosen.preset.id}
          organisationId={organisationId}
          initial={chosen.draft}
          preset={chosen.preset}
          submit="Add the server"
          saved="The server was added."
          save={async (body) => {
            const server = await createServer(organisationId, body)
            created.current = server.id
            return undefined
          }}
          onSaved={() => router.push(settingsPath(slug, `mcp/${created.current}`))}
        />
      )}
    </>
  )
}
