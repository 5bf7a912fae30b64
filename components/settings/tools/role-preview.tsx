'use client'

import { useEffect, useState } from 'react'
import { messageOf, requestJson } from '@/components/api/request'
import { POLICY_WORDS, RISK_WORDS } from '@/components/settings/tools/words'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Notice } from '@/components/ui/field'
import { Modal } from '@/components/ui/modal'
import { ROLES, type Role } from '@/lib/access/types'
import type { OfferedTools } from '@/lib/mcp/tools'

const AS: Record<Role, string> = { viewer: 'a viewer', editor: 'an editor', admin: 'an admin' }

/** Buttons that show what another role is shown: the very list that its agent gets. */
export function RolePreview({ organisationId }: { organisationId: string }) {
  const [role, setRole] = useState<Role | null>(null)
  return (
    <>
      {ROLES.map((one) => (
        <Button key={one} size="small" onClick={() => setRole(one)}>
          As {AS[one]}
        </Button>
      ))}
      {role && <Preview key={role} organisationId={organisationId} role={role} onClose={() => setRole(null)} />}
    </>
  )
}

function Preview({ organisationId, role, onClose }: { organisationId: string; role: Role; onClose: () => void }) {
  const [offered, setOffered] = useState<OfferedTools | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  useEffect(() => {
    const left = new AbortController()
    const path = `/api/tool-policy/preview?org=${organisationId}&role=${role}`
    requestJson<OfferedTools>(path, { signal: left.signal })
      .then(setOffered)
      .catch((error: unknown) => !left.signal.aborted && setFailure(messageOf(error)))
    return () => left.abort()
  }, [organisationId, role])
  return (
    <Modal
      open
      onOpenChange={(open) => !open && onClose()}
      title={`What ${AS[role]} gets`}
      description="The tools that the agent is offered for this role now, as policy, reviews and switches have it."
    >
      {failure && <Notice tone="danger">{failure}</Notice>}
      {!offered && !failure && <p className="text-sm text-muted">Looking …</p>}
      {offered && (
        <div data-testid="role-preview" data-role={role} className="grid gap-3">
          <p className="text-sm text-muted">
            {offered.tools.length === 0 ? 'No tool at all.' : `${offered.tools.length} tools.`}
          </p>
          <ul className="divide-y divide-line">
            {offered.tools.map(({ name, title, risk, policy }) => (
              <li key={name} data-tool={name} className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2 text-sm">
                <span className="min-w-0 flex-1 basis-48 [overflow-wrap:anywhere]">
                  <span className="block font-mono text-xs">{name}</span>
                  {title && <span className="block text-xs text-muted">{title}</span>}
                </span>
                <span className="flex items-center gap-3">
                  <Badge tone={risk === 'read' ? 'neutral' : 'warn'}>{RISK_WORDS[risk].short}</Badge>
                  <span className="text-xs sm:w-20 sm:text-right">{POLICY_WORDS[policy].short}</span>
                </span>
              </li>
            ))}
          </ul>
          {offered.failures.map(({ server, message }) => (
            <Notice key={server} tone="warn">
              {message}
            </Notice>
          ))}
        </div>
      )}
    </Modal>
  )
}
