'use client'

import { RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { requestJson } from '@/components/api/request'
import { TextAreaField } from '@/components/settings/form/fields'
import { SettingsForm } from '@/components/settings/form/settings-form'
import { useSettingsForm } from '@/components/settings/form/use-settings-form'
import { Section } from '@/components/settings/page-frame'
import { PromptPreview } from '@/components/settings/prompts/prompt-preview'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { formatBytes } from '@/components/ui/format'
import type { PromptSettings } from '@/lib/access/prompts'

const TYPES = [
  { type: 'chat', title: 'Chats', label: 'Prompt for chats', description: 'Questions that somebody waits for.' },
  {
    type: 'investigation',
    title: 'Investigations',
    label: 'Prompt for investigations',
    description: 'Runs that nobody watches and whose answer is a report.',
  },
] as const

interface Values {
  chat: string
  investigation: string
  version: number
}

/** The built-in text stands in the field of a prompt that is not the organisation's own; unchanged, it stays built-in. */
const valuesOf = ({ chat, investigation, defaults, version }: PromptSettings): Values => ({
  chat: chat ?? defaults.chat,
  investigation: investigation ?? defaults.investigation,
  version,
})

/** The organisation's prompts, what may be named in them, and what the model would be told. */
export function PromptsForm({ organisationId, settings }: { organisationId: string; settings: PromptSettings }) {
  const { defaults, fixed, variables, maxBytes } = settings
  const [shown, setShown] = useState<'chat' | 'investigation'>('chat')
  const templateOf = (values: Values, type: 'chat' | 'investigation') =>
    values[type] === defaults[type] ? null : values[type]
  const form = useSettingsForm<Values>({
    initial: valuesOf(settings),
    saved: 'The prompts are saved.',
    save: async (values) =>
      valuesOf(
        await requestJson<PromptSettings>(`/api/settings/prompts?org=${organisationId}`, {
          method: 'PATCH',
          body: {
            version: values.version,
            chat: templateOf(values, 'chat'),
            investigation: templateOf(values, 'investigation'),
          },
        }),
      ),
  })

  return (
    <>
      <SettingsForm form={form}>
        {TYPES.map(({ type, title, label, description }) => {
          const isOwn = form.values[type] !== defaults[type]
          const bytes = new TextEncoder().encode(form.values[type]).length
          return (
            <Section
              key={type}
              title={title}
              description={description}
              actions={
                <>
                  <Badge tone={isOwn ? 'accent' : 'neutral'}>{isOwn ? 'your own' : 'built-in'}</Badge>
                  {isOwn && (
                    <Button
                      size="small"
                      variant="quiet"
                      data-testid={`reset-${type}`}
                      onClick={() => form.set({ [type]: defaults[type] })}
                    >
                      <RotateCcw size={13} aria-hidden />
                      Use the built-in one
                    </Button>
                  )}
                </>
              }
            >
              <TextAreaField
                {...form.field(type)}
                label={label}
                rows={12}
                mono
                hint={`${formatBytes(bytes)} of at most ${formatBytes(maxBytes)}`}
              />
            </Section>
          )
        })}
        <Section title="Variables" description="Filled in when a run begins.">
          <dl className="grid gap-x-4 gap-y-1.5 text-sm sm:grid-cols-[max-content_1fr]">
            {variables.map(({ name, meaning }) => (
              <div key={name} className="contents">
                <dt className="font-mono text-xs leading-5">{`{{${name}}}`}</dt>
                <dd className="text-muted max-sm:mb-1.5">{meaning}</dd>
              </div>
            ))}
          </dl>
          <p className="text-xs text-muted">
            A variable that changes from run to run is best near the end: providers cache an unchanged beginning.
          </p>
        </Section>
        <Section
          title="What always follows"
          description="These rules stand behind every prompt, also behind your own. They cannot be replaced."
        >
          <div
            data-testid="fixed-rules"
            className="rounded-lg border border-line bg-sunken p-3 font-mono text-xs leading-5 whitespace-pre-wrap text-muted"
          >
            {fixed}
          </div>
        </Section>
      </SettingsForm>
      <PromptPreview
        organisationId={organisationId}
        type={shown}
        onType={setShown}
        template={templateOf(form.values, shown)}
      />
    </>
  )
}
