'use client'

import { BellRing } from 'lucide-react'
import Link from 'next/link'
import { useModels } from '@/components/chat/models'
import { useSuggestions } from '@/components/chat/use-suggestions'
import { useWorkspace } from '@/components/sessions/workspace'
import { settingsPath } from '@/components/settings/navigation'
import { buttonClass } from '@/components/ui/button'
import { Logo } from '@/components/ui/logo'
import type { Suggestion } from '@/lib/mcp/suggest'

const MOST = 6
const EXAMPLES = [
  'Checkout is failing for some customers. What is the cause?',
  'Which services are slow right now?',
  'What is firing?',
  'Why did the error rate go up in the last hours?',
]

/** The start of a conversation: what this is for, what fires now, and what the organisation's tools can tell. */
export function EmptyThread({ onChoose }: { onChoose: (question: string) => void }) {
  const { user, current, demo } = useWorkspace()
  const models = useModels(current.organisation.id)
  const suggested = useSuggestions(current.organisation.id)
  const examples: Suggestion[] = demo ? EXAMPLES.map((question) => ({ question, from: 'tools' })) : []
  const alerts = suggested.filter(({ from }) => from === 'alert')
  const questions = demo ? [...alerts, ...examples].slice(0, MOST) : suggested
  return (
    <div className="flex min-h-0 flex-1 overflow-y-auto">
      <div className="@container m-auto w-full max-w-3xl px-4 py-8 sm:px-6">
        <Logo size={36} />
        <h2 className="mt-4 text-xl font-semibold tracking-tight">
          What shall we look into, {user.name.split(' ')[0]}?
        </h2>
        <p className="mt-1.5 max-w-lg text-muted">
          Ask about the systems of {current.organisation.name}. The work goes on when you close this page, and the
          answer waits for you here.
        </p>
        {models.state === 'ready' && models.models.length === 0 && <NoModel />}
        {questions.length > 0 && (
          <ul className="animate-appear mt-6 grid gap-2 @xl:grid-cols-2" aria-label="Questions to begin with">
            {questions.map(({ question, from }) => (
              <li key={question}>
                <button
                  type="button"
                  data-testid="example"
                  data-from={from}
                  onClick={() => onChoose(question)}
                  className="flex h-full w-full items-center gap-2.5 rounded-lg border border-line bg-surface px-3.5 py-2.5 text-left text-sm shadow-rest transition-colors hover:border-accent hover:bg-accent-soft"
                >
                  {from === 'alert' && <BellRing size={15} aria-label="Fires now" className="shrink-0 text-warn" />}
                  <span className="min-w-0 [overflow-wrap:anywhere]">{question}</span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  )
}

/** Nobody can ask anything yet: what is missing, and who can add it. */
function NoModel() {
  const { organisation, role } = useWorkspace().current
  return (
    <div
      data-testid="no-model"
      className="mt-6 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg bg-warn-soft px-3.5 py-2.5 text-sm"
    >
      <p className="min-w-0 flex-1 basis-56 text-warn">
        No language model is set up yet, so nothing can be asked.{role !== 'admin' && ' An administrator can add one.'}
      </p>
      {role === 'admin' && (
        <Link href={settingsPath(organisation.slug, 'models')} className={buttonClass({ size: 'small' })}>
          Add a model
        </Link>
      )}
    </div>
  )
}
