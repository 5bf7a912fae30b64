'use client'

import { ArrowRight, LoaderCircle } from 'lucide-react'

export interface DemoAccount {
  email: string
  name: string
  password: string
  memberships: { organisation: string; role: string }[]
}

/** The demo's people: one click signs in as one of them. */
export function DemoAccounts({
  accounts,
  busy,
  onChoose,
}: {
  accounts: DemoAccount[]
  busy: string | null
  onChoose: (account: DemoAccount) => void
}) {
  return (
    <section aria-labelledby="demo-accounts">
      <h2 id="demo-accounts" className="mb-2 text-sm font-medium">
        Demo accounts
      </h2>
      <ul className="grid grid-cols-[minmax(0,1fr)] gap-px overflow-hidden rounded-lg border border-line bg-line">
        {accounts.map((account) => (
          <li key={account.email}>
            <button
              type="button"
              data-testid="demo-account"
              data-email={account.email}
              data-role={account.memberships[0]?.role}
              disabled={busy !== null}
              onClick={() => onChoose(account)}
              className="group flex w-full items-center gap-3 bg-surface px-3 py-2.5 text-left hover:bg-accent-soft disabled:opacity-60"
            >
              <span className="min-w-0 flex-1">
                <span className="block truncate text-sm font-medium">{account.name}</span>
                <span className="block truncate text-xs text-muted">
                  {account.memberships.map(({ role, organisation }) => `${role} in ${organisation}`).join(', ')}
                </span>
              </span>
              {busy === account.email ? (
                <LoaderCircle size={15} aria-hidden className="animate-spin text-accent" />
              ) : (
                <ArrowRight size={15} aria-hidden className="text-faint group-hover:text-accent" />
              )}
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
