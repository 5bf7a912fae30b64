'use client'

import { PageBar } from '@/components/sessions/page-bar'
import { FailedPage } from '@/components/ui/failed-page'

export default function OrganisationFailure({
  error,
  reset,
}: {
  error: Error & { digest?: string }
  reset: () => void
}) {
  return (
    <>
      <PageBar />
      <FailedPage error={error} retry={reset} />
    </>
  )
}
