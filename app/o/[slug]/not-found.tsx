import { PageBar } from '@/components/sessions/page-bar'
import { Blank } from '@/components/ui/blank'

export default function OrganisationNotFound() {
  return (
    <>
      <PageBar />
      <Blank
        title="This session does not exist"
        text="It was deleted, or it is private to somebody else."
        href="/"
        action="Start a new chat"
      />
    </>
  )
}
