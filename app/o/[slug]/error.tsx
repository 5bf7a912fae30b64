'use client'

import { FailedPage } from '@/components/ui/failed-page'

export default function OrganisationFailure({
  error,
  reset,
}: {
  error: Error & { digest?: string }
  reset: () => void
}) {
  return <FailedPage error={error} retry={reset} />
}
