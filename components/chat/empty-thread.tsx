'use client'

import { useWorkspace } from '@/components/sessions/workspace'
import { Logo } from '@/components/ui/logo'

const EXAMPLES = [
  'Checkout is failing for some customers. What is the cause?',
  'Which services are slow right now?',
  'What is firing?',
  'Why did the error rate go up in the last hours?',
]

/** The start of a conversation: what this is for and, in the demo, what one may ask. */
export function EmptyThread({ onChoose }: { onChoose: (question: string) => void }) {
  const { user, current, demo } = useWorkspace()
  return (
    <div className="flex min-h-0 flex-1 overflow-y-auto">
      <div className="m-auto w-full max-w-3xl px-4 py-8 sm:px-6">
        <Logo size={36} />
        <h2 className="mt-4 text-xl font-semibold tracking-tight">
          What shall we look into, {user.name.split(' ')[0]}?
        </h2>
        <p className="mt-1.5 max-w-lg text-muted">
          Ask about the systems of {current.organisation.name}. The work goes on when you close this page, and the
          answer waits for you here.
        </p>
        {demo && (
          <ul className="mt-6 grid gap-2 sm:grid-cols-2" aria-label="Example questions">
            {EXAMPLES.map((question) => (
              <li key={question}>
                <button
                  type="button"
                  data-testid="example"
                  onClick={() => onChoose(question)}
                  className="h-full w-full rounded-lg border border-line bg-surface px-3.5 py-2.5 text-left text-sm shadow-rest transition-colors hover:border-accent hover:bg-accent-soft"
                >
                  {question}
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  )
}
