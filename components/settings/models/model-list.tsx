'use client'

import Link from 'next/link'
import { PROVIDERS } from '@/components/settings/models/draft'
import { settingsPath } from '@/components/settings/navigation'
import { Badge } from '@/components/ui/badge'
import { buttonClass } from '@/components/ui/button'
import { formatCount } from '@/components/ui/format'
import { type Column, DataTable } from '@/components/ui/table'
import type { ModelConfigView } from '@/lib/models/configs/view'

/** The organisation's models; `environment` is what answers while there are none. */
export function ModelList({
  slug,
  models,
  environment,
}: {
  slug: string
  models: ModelConfigView[]
  environment: string | null
}) {
  const columns: Column<ModelConfigView>[] = [
    {
      key: 'name',
      header: 'Model',
      plain: true,
      className: '@2xl:w-2/5',
      cell: ({ id, name, model, isDefault, enabled, provisioned }) => (
        <>
          <Link href={settingsPath(slug, `models/${id}`)} className="font-medium hover:underline">
            {name ?? model}
          </Link>{' '}
          {isDefault && <Badge tone="accent">default</Badge>} {!enabled && <Badge>switched off</Badge>}{' '}
          {provisioned && <Badge title="A provisioning file or the environment manages it">provisioned</Badge>}
          {name !== null && <p className="font-mono text-xs text-muted">{model}</p>}
        </>
      ),
    },
    {
      key: 'provider',
      header: 'Provider',
      cell: ({ provider, baseUrl }) => (
        <>
          {PROVIDERS[provider].label}
          {baseUrl && <p className="text-xs text-muted">{new URL(baseUrl).host}</p>}
        </>
      ),
    },
    {
      key: 'context',
      header: 'Context',
      align: 'right',
      cell: ({ contextTokens }) => <span className="tabular-nums">{formatCount(contextTokens)}</span>,
    },
    {
      key: 'prices',
      header: 'US$ a million',
      align: 'right',
      cell: ({ prices }) => (
        <span className="tabular-nums">{prices ? `${prices.input} in, ${prices.output} out` : '–'}</span>
      ),
    },
    {
      key: 'open',
      header: 'Open',
      plain: true,
      align: 'right',
      cell: ({ id, name, model, provisioned }) => (
        <Link
          href={settingsPath(slug, `models/${id}`)}
          aria-label={`${provisioned ? 'Look at' : 'Edit'} ${name ?? model}`}
          className={buttonClass({ size: 'small' })}
        >
          {provisioned ? 'Look' : 'Edit'}
        </Link>
      ),
    },
  ]
  return (
    <DataTable
      caption="Models"
      columns={columns}
      rows={models}
      rowKey={({ id }) => id}
      rowAttributes={({ model }) => ({ 'data-model': model })}
      empty={
        environment
          ? `No model of your own yet. ${environment} answers, as the server’s environment says.`
          : 'No model yet: nobody can ask anything. Add one.'
      }
    />
  )
}
