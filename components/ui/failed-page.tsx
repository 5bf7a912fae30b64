'use client'

import { Blank } from '@/components/ui/blank'
import { Button } from '@/components/ui/button'

/** What stands where a page broke. The error itself is not shown; its digest finds it in the server's log. */
export function FailedPage({ error, retry }: { error: Error & { digest?: string }; retry: () => void }) {
  return (
    <Blank
      title="This page could not be shown"
      text={`Something went wrong on our side. What is running goes on.${error.digest ? ` (${error.digest})` : ''}`}
      href="/"
      action="To your sessions"
    >
      <Button variant="primary" onClick={retry}>
        Try again
      </Button>
    </Blank>
  )
}
