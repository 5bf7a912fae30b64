'use client'

import { Ellipsis, KeyRound, UserMinus } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { requestJson } from '@/components/api/request'
import { RoleSelect } from '@/components/settings/members/role-select'
import { SecretOnce } from '@/components/settings/secret-once'
import { useMore } from '@/components/settings/use-more'
import { Badge } from '@/components/ui/badge'
import { Button, IconButton } from '@/components/ui/button'
import { Confirm } from '@/components/ui/confirm'
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/components/ui/menu'
import { Modal } from '@/components/ui/modal'
import { Moment } from '@/components/ui/moment'
import { type Column, DataTable } from '@/components/ui/table'
import { toast } from '@/components/ui/toast'
import { toastError } from '@/components/ui/toaster'
import type { MemberView } from '@/lib/access/member-administration'

const LOCKED: Record<MemberView['source'], string | null> = {
  admin: null,
  provisioning: 'A provisioning file manages this membership; change it there.',
  'single-sign-on': 'The role follows the single sign-on; change the claim there.',
}

type Step = { kind: 'remove' | 'offer'; member: MemberView } | { kind: 'link'; member: MemberView; url: string }

/** Who is in the organisation, with which role; role and membership can be changed where nothing else decides. */
export function MembersTable({
  organisationId,
  ownId,
  first,
}: {
  organisationId: string
  ownId: string
  first: { items: MemberView[]; nextCursor: string | null }
}) {
  const router = useRouter()
  const list = useMore(first, { path: `/api/members?org=${organisationId}&limit=100`, name: 'members' })
  const [step, setStep] = useState<Step | null>(null)
  const [busy, setBusy] = useState(false)
  const pathOf = (member: MemberView, rest = '') => `/api/members/${member.user.id}${rest}?org=${organisationId}`

  const attempt = async (what: string, work: () => Promise<void>) => {
    setBusy(true)
    try {
      await work()
    } catch (error) {
      toastError(what, error)
      setStep(null)
    } finally {
      setBusy(false)
    }
  }
  const remove = (member: MemberView) =>
    attempt('Not removed', async () => {
      await requestJson(pathOf(member), { method: 'DELETE' })
      toast.success(`${member.user.name} is no longer a member.`)
      setStep(null)
      router.refresh()
    })
  const offer = (member: MemberView) =>
    attempt('No link made', async () => {
      const { url } = await requestJson<{ url: string }>(pathOf(member, '/password-reset'), { method: 'POST' })
      setStep({ kind: 'link', member, url })
    })

  const columns: Column<MemberView>[] = [
    {
      key: 'person',
      header: 'Person',
      plain: true,
      cell: ({ user, disabled }) => (
        <div>
          <span className="flex flex-wrap items-center gap-2 font-medium">
            {user.name}
            {user.id === ownId && <Badge>you</Badge>}
            {disabled && <Badge tone="warn">cannot sign in</Badge>}
          </span>
          <span className="block text-xs text-muted">{user.email}</span>
        </div>
      ),
    },
    {
      key: 'role',
      header: 'Role',
      cell: (member) => (
        <RoleSelect
          label={`Role of ${member.user.name}`}
          role={member.role}
          locked={LOCKED[member.source]}
          save={(role) => requestJson(pathOf(member), { method: 'PATCH', body: { role } })}
          saved={(role) => `${member.user.name} is ${role} now.`}
        />
      ),
    },
    {
      key: 'source',
      header: 'Decided by',
      cell: ({ source }) =>
        source === 'admin' ? 'admins' : source === 'provisioning' ? 'a provisioning file' : 'single sign-on',
    },
    { key: 'since', header: 'Member since', cell: ({ createdAt }) => <Moment at={createdAt} /> },
    {
      key: 'actions',
      header: 'Actions',
      plain: true,
      align: 'right',
      cell: (member) => <MemberMenu member={member} ownId={ownId} onChoose={(kind) => setStep({ kind, member })} />,
    },
  ]

  return (
    <div className="grid gap-3">
      <DataTable
        caption="Members"
        columns={columns}
        rows={list.items}
        rowKey={({ user }) => user.id}
        rowAttributes={({ user, role }) => ({ 'data-member': user.email, 'data-role': role })}
        empty="Nobody yet."
      />
      {list.hasMore && (
        <div>
          <Button busy={list.busy} onClick={list.loadMore}>
            Show more
          </Button>
        </div>
      )}
      <Confirm
        open={step?.kind === 'remove'}
        onOpenChange={(open) => !open && setStep(null)}
        title={`Remove ${step?.member.user.name ?? ''}?`}
        description="At once: their running and queued questions stop, and the API tokens that they made end. Their conversations stay. They can be invited again."
        action="Remove"
        busy={busy}
        onConfirm={() => step && remove(step.member)}
      />
      <Confirm
        open={step?.kind === 'offer'}
        onOpenChange={(open) => !open && setStep(null)}
        title={`A new password for ${step?.member.user.name ?? ''}?`}
        description="You get a link to hand over. Whoever opens it within 24 hours chooses the password; all of the person’s sign-ins end then. It is recorded in the audit log."
        action="Make the link"
        keep="Cancel"
        busy={busy}
        onConfirm={() => step && offer(step.member)}
      />
      <Modal
        open={step?.kind === 'link'}
        onOpenChange={(open) => !open && setStep(null)}
        title={`Link for ${step?.member.user.name ?? ''}`}
      >
        {step?.kind === 'link' && (
          <SecretOnce
            label="Link to a new password"
            value={step.url}
            hint="Hand it over yourself; it is shown this once and works once, within 24 hours."
            onDone={() => setStep(null)}
          />
        )}
      </Modal>
    </div>
  )
}

function MemberMenu({
  member,
  ownId,
  onChoose,
}: {
  member: MemberView
  ownId: string
  onChoose: (kind: 'remove' | 'offer') => void
}) {
  if (member.source === 'provisioning') return null
  return (
    <Menu>
      <MenuTrigger asChild>
        <IconButton small label={`More for ${member.user.name}`} data-testid="member-menu">
          <Ellipsis size={16} aria-hidden />
        </IconButton>
      </MenuTrigger>
      <MenuContent align="end">
        {member.hasPassword && member.user.id !== ownId && (
          <MenuItem icon={<KeyRound size={15} aria-hidden />} onSelect={() => onChoose('offer')}>
            Link to a new password
          </MenuItem>
        )}
        <MenuItem danger icon={<UserMinus size={15} aria-hidden />} onSelect={() => onChoose('remove')}>
          Remove from the organisation
        </MenuItem>
      </MenuContent>
    </Menu>
  )
}
