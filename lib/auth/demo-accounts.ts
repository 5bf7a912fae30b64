import { wantedProvisioning } from '@/lib/access/start'
import type { Role } from '@/lib/access/types'
import { env, isLoopback } from '@/lib/env'

export interface DemoAccount {
  email: string
  name: string
  password: string
  memberships: { organisation: string; role: Role }[]
}

/**
 * The accounts that the sign-in page offers in the demo, with the passwords that their buttons send. Empty unless the
 * demo's script started this process and it listens on this machine only.
 */
export async function demoAccounts(): Promise<DemoAccount[]> {
  const environment = env()
  if (!environment.demo || !isLoopback(environment.host)) return []
  const { users, organisations } = await wantedProvisioning(environment)
  return users.flatMap(({ email, name, password }) =>
    password === undefined
      ? []
      : [
          {
            email,
            name,
            password,
            memberships: organisations.flatMap((organisation) =>
              organisation.members
                .filter((member) => member.email.toLowerCase() === email.toLowerCase())
                .map(({ role }) => ({ organisation: organisation.name, role })),
            ),
          },
        ],
  )
}
