'use client'

import { useState } from 'react'
import { Section } from '@/components/settings/page-frame'
import { MatrixForm } from '@/components/settings/tools/matrix-form'
import { ReviewModal } from '@/components/settings/tools/review-modal'
import { RolePreview } from '@/components/settings/tools/role-preview'
import { SwitchList, SwitchOff } from '@/components/settings/tools/switches'
import { ToolList } from '@/components/settings/tools/tool-list'
import { Button } from '@/components/ui/button'
import { Notice } from '@/components/ui/field'
import type { ToolSwitch } from '@/lib/access/tool-switches'
import type { GovernedTool, ToolGovernance } from '@/lib/mcp/manage/describe-policy'
import type { CatalogueServer } from '@/lib/mcp/types'

/** The page of tools and policy: what stands above everything first, then what waits, then the rules. */
export function ToolsSettings({
  organisationId,
  governance,
  switches,
}: {
  organisationId: string
  governance: ToolGovernance
  switches: ToolSwitch[]
}) {
  const { matrix, defaults, servers, tools, exceptions, failures } = governance
  const [stopping, setStopping] = useState(false)
  const writesAreOff = switches.some(({ target }) => target.kind === 'writes')
  return (
    <>
      {failures.map(({ server, message }) => (
        <Notice key={`${server} ${message}`} tone="warn">
          {message}
        </Notice>
      ))}
      <Section
        title="Emergency switches"
        description="They stand above the policy and count at the next tool call, in runs that are under way too."
        actions={
          !writesAreOff && (
            <Button variant="danger" onClick={() => setStopping(true)} data-testid="switch-writes-off">
              Switch all writes off
            </Button>
          )
        }
      >
        <SwitchList organisationId={organisationId} switches={switches} />
        {stopping && (
          <SwitchOff
            organisationId={organisationId}
            wish={{ target: { kind: 'writes' }, name: 'All writes' }}
            onClose={() => setStopping(false)}
          />
        )}
      </Section>
      <ReviewQueue servers={servers} tools={tools} />
      <Section
        title="What each role may do"
        description="By what a tool does. A server’s own policy and the exceptions for single tools go before this table."
        actions={<RolePreview organisationId={organisationId} />}
      >
        <MatrixForm organisationId={organisationId} matrix={matrix} defaults={defaults} />
      </Section>
      <Section title="Tools" description="Every tool of every server, with what each role may do with it.">
        <ToolList
          organisationId={organisationId}
          servers={servers}
          tools={tools}
          exceptions={exceptions}
          switches={switches}
        />
      </Section>
    </>
  )
}

/** The servers with tools that nobody has looked at as they are now. */
function ReviewQueue({ servers, tools }: { servers: CatalogueServer[]; tools: GovernedTool[] }) {
  const [reviewed, setReviewed] = useState<CatalogueServer | null>(null)
  const waiting = servers.flatMap((server) => {
    const own = tools.filter(({ serverId, review }) => serverId === server.id && review !== 'reviewed')
    return own.length === 0 ? [] : [{ server, tools: own }]
  })
  return (
    <Section
      title="To review"
      description="New and changed tools are hidden from everybody until an administrator has looked at them."
    >
      {waiting.length === 0 ? (
        <p className="text-sm text-muted">Nothing waits. Every tool is as it was when it was reviewed.</p>
      ) : (
        <ul className="grid gap-2" data-testid="review-queue">
          {waiting.map(({ server, tools: own }) => (
            <li
              key={server.id}
              data-server={server.name}
              className="flex flex-wrap items-center gap-3 rounded-lg bg-warn-soft px-3 py-2.5 text-sm [overflow-wrap:anywhere]"
            >
              <div className="min-w-0 flex-1 basis-52">
                <p className="font-medium text-warn">{server.name}</p>
                <p className="text-xs text-muted">{countOf(own)}</p>
              </div>
              <Button size="small" onClick={() => setReviewed(server)} aria-label={`Review tools of ${server.name}`}>
                Review
              </Button>
            </li>
          ))}
        </ul>
      )}
      {reviewed && <ReviewModal server={reviewed} onClose={() => setReviewed(null)} />}
    </Section>
  )
}

function countOf(tools: GovernedTool[]): string {
  const changed = tools.filter(({ review }) => review === 'changed').length
  const parts = [
    changed < tools.length ? `${tools.length - changed} new` : '',
    changed > 0 ? `${changed} changed` : '',
  ].filter(Boolean)
  return `${parts.join(' and ')} ${tools.length === 1 ? 'tool' : 'tools'}`
}
