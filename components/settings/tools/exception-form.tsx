'use client'

import { requestJson } from '@/components/api/request'
import { SelectField } from '@/components/settings/form/fields'
import { SettingsForm } from '@/components/settings/form/settings-form'
import { useSettingsForm } from '@/components/settings/form/use-settings-form'
import { POLICY_SOURCES, POLICY_WORDS, RISK_SOURCES, RISK_WORDS, ROLE_WORDS } from '@/components/settings/tools/words'
import { Modal } from '@/components/ui/modal'
import type { ToolException } from '@/lib/access/tool-policy'
import { RISKS, type Risk, ROLES, type Role, TOOL_POLICIES, type ToolPolicy } from '@/lib/access/types'
import type { GovernedTool } from '@/lib/mcp/manage/describe-policy'

/** '' leaves it to what stands above the tool. */
type Values = { risk: Risk | '' } & Record<Role, ToolPolicy | ''>

const LOCKED = 'A provisioning file manages this; change it there.'

/** What holds for one tool alone: another risk than it says, another policy than its risk's. */
export function ExceptionForm({
  organisationId,
  tool,
  exception,
  onClose,
}: {
  organisationId: string
  tool: GovernedTool
  exception: ToolException | undefined
  onClose: () => void
}) {
  const policyOf = (role: Role) => exception?.policy?.[role] ?? ''
  const form = useSettingsForm<Values>({
    initial: {
      risk: exception?.risk ?? '',
      viewer: policyOf('viewer'),
      editor: policyOf('editor'),
      admin: policyOf('admin'),
    },
    saved: `${tool.toolName}: saved. It counts from the next call on.`,
    save: async (values, stored) => {
      const changed = ROLES.filter((role) => values[role] !== stored[role])
      const policy = Object.fromEntries(changed.map((role) => [role, values[role] || null]))
      const { serverId, toolName } = tool
      const risk = values.risk === stored.risk ? {} : { risk: values.risk || null }
      const change = { serverId, toolName, ...risk, policy }
      await requestJson(`/api/tool-policy?org=${organisationId}`, { method: 'PATCH', body: { exceptions: [change] } })
      return values
    },
    onSaved: onClose,
  })
  return (
    <Modal
      open
      onOpenChange={(open) => !open && onClose()}
      title={tool.toolName}
      description="What holds for this tool alone. Everything else follows the table and the server."
    >
      <SettingsForm form={form} onCancel={onClose}>
        <SelectField
          {...form.field('risk', { locked: tool.riskSource === 'provisioned' ? LOCKED : null })}
          label="What it does"
          hint={`Now: ${RISK_WORDS[tool.risk].short}, ${RISK_SOURCES[tool.riskSource]}.`}
          options={[
            { value: '', label: 'As the server says' },
            ...RISKS.map((risk) => ({ value: risk, label: `It ${RISK_WORDS[risk].short}` })),
          ]}
        />
        <div className="grid gap-4 sm:grid-cols-3">
          {ROLES.map((role) => {
            const { policy, source } = tool.decided[role]
            return (
              <SelectField
                key={role}
                {...form.field(role, { locked: source === 'provisioned' ? LOCKED : null })}
                label={ROLE_WORDS[role]}
                hint={`Now: ${POLICY_WORDS[policy].short}, ${POLICY_SOURCES[source]}.`}
                options={[
                  { value: '', label: 'No exception' },
                  ...TOOL_POLICIES.map((value) => ({ value, label: POLICY_WORDS[value].short })),
                ]}
              />
            )
          })}
        </div>
      </SettingsForm>
    </Modal>
  )
}
