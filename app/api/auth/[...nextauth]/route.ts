import { handleAuth } from '@/lib/auth/next-auth'
import { handlePlain } from '@/lib/http/handle'

const answer = handlePlain('/api/auth', handleAuth)

export { answer as GET, answer as POST }
