'use client'

import { FailedPage } from '@/components/ui/failed-page'

export default function RootFailure({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <main className="flex min-h-dvh">
      <FailedPage error={error} retry={reset} />
    </main>
  )
}
