import { Blank } from '@/components/ui/blank'

export default function NotFound() {
  return (
    <main className="flex min-h-dvh">
      <Blank
        title="There is nothing here"
        text="The address is wrong, or what was here belongs to an organisation that you are not in."
        href="/"
        action="To your sessions"
      />
    </main>
  )
}
