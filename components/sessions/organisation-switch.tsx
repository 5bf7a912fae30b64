'use client'

import { Building2, ChevronsUpDown, Plus } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { CreateOrganisation } from '@/components/sessions/create-organisation'
import { useWorkspace } from '@/components/sessions/workspace'
import {
  Menu,
  MenuContent,
  MenuItem,
  MenuRadioGroup,
  MenuRadioItem,
  MenuSeparator,
  MenuTrigger,
} from '@/components/ui/menu'
import { leaving } from '@/components/ui/unsaved'

/** The organisation that everything on the page belongs to, and the way to another. */
export function OrganisationSwitch() {
  const { current, memberships, user } = useWorkspace()
  const [creating, setCreating] = useState(false)
  const router = useRouter()
  const { name, slug } = current.organisation

  return (
    <>
      <Menu>
        <MenuTrigger
          data-testid="org-switch"
          data-organisation={slug}
          aria-label={`Organisation: ${name}`}
          className="flex h-10 w-full items-center gap-2.5 rounded-md border border-line bg-surface px-2 text-left text-sm shadow-rest hover:border-line-strong"
        >
          <Building2 size={15} aria-hidden className="shrink-0 text-faint" />
          <span className="min-w-0 flex-1 truncate font-medium">{name}</span>
          <ChevronsUpDown size={14} aria-hidden className="shrink-0 text-faint" />
        </MenuTrigger>
        <MenuContent align="start" className="w-(--radix-dropdown-menu-trigger-width)">
          <MenuRadioGroup value={slug} onValueChange={(chosen) => leaving(() => router.push(`/o/${chosen}`))}>
            {memberships.map(({ organisation, role }) => (
              <MenuRadioItem
                key={organisation.id}
                value={organisation.slug}
                hint={role}
                data-organisation={organisation.slug}
              >
                {organisation.name}
              </MenuRadioItem>
            ))}
          </MenuRadioGroup>
          {user.serverAdmin && (
            <>
              <MenuSeparator />
              <MenuItem
                icon={<Plus size={15} aria-hidden />}
                data-testid="create-organisation"
                onSelect={() => leaving(() => setCreating(true))}
              >
                New organisation
              </MenuItem>
            </>
          )}
        </MenuContent>
      </Menu>
      {user.serverAdmin && <CreateOrganisation open={creating} onOpenChange={setCreating} />}
    </>
  )
}
