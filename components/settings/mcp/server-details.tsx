'use client'

import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useEffect, useState } from 'react'
import { messageOf } from '@/components/api/request'
import { changeServer, fetchServer, type McpServerDetails, removeServer } from '@/components/settings/mcp/api'
import { draftOf } from '@/components/settings/mcp/draft'
import { HealthDetails } from '@/components/settings/mcp/health'
import { ServerForm } from '@/components/settings/mcp/server-form'
import { ToolsTable } from '@/components/settings/mcp/tools-table'
import { settingsPagesFor, settingsPath } from '@/components/settings/navigation'
import { PageFrame, Section } from '@/components/settings/page-frame'
import { Button } from '@/components/ui/button'
import { Confirm } from '@/components/ui/confirm'
import { Notice } from '@/components/ui/field'
import { toast } from '@/components/ui/toast'
import { leaving } from '@/components/ui/unsaved'

const LOCKED =
  'A provisioning file or the environment manages this server. It can be tested here and changed only there.'

/** One server: how it is, what it offers, its settings, and the ways to switch it off. */
export function ServerDetails({
  slug,
  organisationId,
  server: initial,
}: {
  slug: string
  organisationId: string
  server: McpServerDetails
}) {
  const router = useRouter()
  const [server, show] = useServer(initial)
  const [busy, setBusy] = useState(false)
  const [removing, setRemoving] = useState(false)

  const act = async (work: () => Promise<unknown>, done: string) => {
    setBusy(true)
    try {
      await work()
      toast.success(done)
    } catch (error) {
      toast.error(messageOf(error))
    } finally {
      setBusy(false)
    }
  }
  const toggle = () =>
    act(
      async () => {
        const changed = await changeServer(server.id, { enabled: !server.enabled })
        show({ ...changed, tools: null })
      },
      server.enabled ? 'The server is disabled: nothing calls it any more.' : 'The server is enabled.',
    )

  return (
    <PageFrame
      title={server.name}
      wide
      description={server.url ?? 'A command that the provisioning file names.'}
      actions={
        !server.provisioned && (
          <>
            <Button busy={busy && !removing} onClick={toggle} data-testid="toggle-server">
              {server.enabled ? 'Disable' : 'Enable'}
            </Button>
            <Button variant="danger" disabled={busy} onClick={() => setRemoving(true)} data-testid="remove-server">
              Remove
            </Button>
          </>
        )
      }
    >
      <Section title="Health">
        <HealthDetails health={server.health} />
      </Section>
      <Section title="Settings">
        <ServerForm
          organisationId={organisationId}
          serverId={server.id}
          initial={draftOf(server)}
          locked={server.provisioned ? LOCKED : null}
          saved="Saved. The next call of every run goes by it."
          save={async (body) => {
            const changed = await changeServer(server.id, { ...body, version: server.version })
            show(changed)
            return draftOf(changed)
          }}
        />
      </Section>
      <Section
        title="Tools"
        description="The risk is the server’s own claim unless somebody here said otherwise; without a claim it counts as destructive."
      >
        {server.tools?.some(({ blocked }) => blocked && blocked.kind !== 'switched-off') && (
          <Notice tone="warn">
            Nobody uses the tools of a new server, or a tool that changed, before an administrator has reviewed it.{' '}
            {settingsPagesFor('admin').some(({ name }) => name === 'tools') && (
              <Link href={settingsPath(slug, 'tools')} className="font-medium underline underline-offset-2">
                Review them
              </Link>
            )}
          </Notice>
        )}
        <ToolsTable tools={server.tools} />
      </Section>
      <Confirm
        open={removing}
        onOpenChange={setRemoving}
        title={`Remove ${server.name}?`}
        description="The agent loses its tools at once, in running questions too. Its settings and sealed header values are deleted."
        action="Remove"
        busy={busy}
        onConfirm={() =>
          act(async () => {
            await removeServer(server.id)
            leaving(() => {
              router.push(settingsPath(slug, 'mcp'))
              router.refresh()
            })
          }, 'The server was removed.')
        }
      />
    </PageFrame>
  )
}

const REFRESH = 15_000

/** What the page brought, then what the API says: after every change, and every so often while the page is looked at. */
function useServer(initial: McpServerDetails) {
  const [state, setState] = useState({ initial, server: initial })
  if (state.initial !== initial) setState({ initial, server: initial })
  const { id, version } = state.server
  useEffect(() => {
    const ended = new AbortController()
    const refresh = () => {
      if (document.visibilityState !== 'visible') return
      fetchServer(id, ended.signal).then(
        // One that was asked for before the newest change would take it back.
        (fresh) => !ended.signal.aborted && fresh.version >= version && setState((now) => ({ ...now, server: fresh })),
        // What cannot be asked now stays as it is; the page says when it was seen.
        () => undefined,
      )
    }
    refresh()
    const timer = setInterval(refresh, REFRESH)
    return () => {
      ended.abort()
      clearInterval(timer)
    }
  }, [id, version])
  const show = (changed: Partial<McpServerDetails>) =>
    setState((now) => ({ ...now, server: { ...now.server, ...changed } }))
  return [state.server, show] as const
}
