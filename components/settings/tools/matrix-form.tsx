'use client'

import { requestJson } from '@/components/api/request'
import { SelectField } from '@/components/settings/form/fields'
import { SettingsForm } from '@/components/settings/form/settings-form'
import { useSettingsForm } from '@/components/settings/form/use-settings-form'
import { POLICY_WORDS, RISK_WORDS, ROLE_WORDS } from '@/components/settings/tools/words'
import {
  type PolicyMatrix,
  RISKS,
  type Risk,
  ROLES,
  type Role,
  TOOL_POLICIES,
  type ToolPolicy,
} from '@/lib/access/types'

type Cell = `${Role}.${Risk}`
type Values = Record<Cell, ToolPolicy>

const CELLS = ROLES.flatMap((role) => RISKS.map((risk) => ({ role, risk, cell: `${role}.${risk}` as Cell })))

const valuesOf = (matrix: PolicyMatrix) =>
  Object.fromEntries(CELLS.map(({ role, risk, cell }) => [cell, matrix[role][risk]])) as Values

/** Only what was changed; a cell that is set back to the default follows the default from then on. */
function changeOf(values: Values, stored: Values, defaults: PolicyMatrix) {
  const matrix: Partial<Record<Role, Partial<Record<Risk, ToolPolicy | null>>>> = {}
  for (const { role, risk, cell } of CELLS) {
    if (values[cell] === stored[cell]) continue
    matrix[role] = { ...matrix[role], [risk]: values[cell] === defaults[role][risk] ? null : values[cell] }
  }
  return { matrix }
}

/** What each role may do with tools of each risk. */
export function MatrixForm({
  organisationId,
  matrix,
  defaults,
}: {
  organisationId: string
  matrix: PolicyMatrix
  defaults: PolicyMatrix
}) {
  const form = useSettingsForm<Values>({
    initial: valuesOf(matrix),
    saved: 'The policy is saved. It counts from the next tool call on.',
    save: async (values, stored) => {
      await requestJson(`/api/tool-policy?org=${organisationId}`, {
        method: 'PATCH',
        body: changeOf(values, stored, defaults),
      })
      return values
    },
  })
  return (
    <SettingsForm form={form}>
      <div className="grid gap-3" data-testid="policy-matrix">
        {ROLES.map((role) => (
          <fieldset key={role} className="@container min-w-0 rounded-lg border border-line bg-surface px-4 pt-2 pb-4">
            <legend className="px-1 text-sm font-semibold">{ROLE_WORDS[role]}</legend>
            <div className="grid gap-4 @xl:grid-cols-3">
              {RISKS.map((risk) => (
                <SelectField
                  key={risk}
                  {...form.field(`${role}.${risk}`, { path: `matrix.${role}.${risk}` })}
                  label={RISK_WORDS[risk].column}
                  hint={RISK_WORDS[risk].hint}
                  options={TOOL_POLICIES.map((policy) => ({
                    value: policy,
                    label: `${POLICY_WORDS[policy].short}${policy === defaults[role][risk] ? ' (default)' : ''}`,
                  }))}
                />
              ))}
            </div>
          </fieldset>
        ))}
      </div>
      <dl className="grid gap-x-4 gap-y-1 text-xs text-muted sm:grid-cols-3">
        {TOOL_POLICIES.map((policy) => (
          <div key={policy} className="flex gap-1.5">
            <dt className="font-medium text-ink">{POLICY_WORDS[policy].short}:</dt>
            <dd>{POLICY_WORDS[policy].hint}</dd>
          </div>
        ))}
      </dl>
    </SettingsForm>
  )
}
