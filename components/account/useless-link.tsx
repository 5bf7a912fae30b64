import Link from 'next/link'
import { AuthFrame } from '@/components/account/auth-frame'
import { buttonClass } from '@/components/ui/button'

/** For a link that is wrong, used, revoked or expired: the same for all of them. */
export function UselessLink({ throttled, who }: { throttled: boolean; who: string }) {
  const [title, lead] = throttled
    ? ['Too many attempts', 'Wait a few minutes and open the link again.']
    : [
        'This link is of no use',
        `It was used already, was taken back, has expired, or is not complete. Ask ${who} for a new one.`,
      ]
  return (
    <AuthFrame title={title} lead={lead}>
      <Link href="/" className={buttonClass()} data-testid="useless-link">
        To the start
      </Link>
    </AuthFrame>
  )
}
