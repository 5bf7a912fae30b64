'use client'

import { Check, Copy, RotateCw } from 'lucide-react'
import { useCallback, useEffect, useState } from 'react'
import { messageOf, requestJson } from '@/components/api/request'
import {
  type ClockCheck,
  checkStream,
  readDiagnostics,
  type StreamCheck,
} from '@/components/settings/diagnostics/checks'
import {
  clockLine,
  type Line,
  modelLine,
  sealingLine,
  serverLine,
  storeLine,
  streamLine,
  textOf,
} from '@/components/settings/diagnostics/lines'
import { Section } from '@/components/settings/page-frame'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Notice } from '@/components/ui/field'
import { toast } from '@/components/ui/toast'
import { toastError } from '@/components/ui/toaster'
import type { Diagnostics, ModelCheck } from '@/lib/telemetry/diagnose'

interface Findings {
  found: Diagnostics
  clock: ClockCheck
  stream: StreamCheck
}

/** What an answer depends on, looked at from this browser. The model is asked on demand: its calls cost money. */
export function DiagnosticsView({ organisationId }: { organisationId: string }) {
  const [findings, setFindings] = useState<Findings | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const [busy, setBusy] = useState(true)
  const [model, setModel] = useState<ModelCheck | null>(null)
  const [asking, setAsking] = useState(false)

  const look = useCallback(async () => {
    setBusy(true)
    setFailure(null)
    try {
      const [{ found, clock }, stream] = await Promise.all([readDiagnostics(organisationId), checkStream()])
      setFindings({ found, clock, stream })
    } catch (error) {
      setFailure(messageOf(error))
    } finally {
      setBusy(false)
    }
  }, [organisationId])

  useEffect(() => {
    void look()
  }, [look])

  const askModel = async () => {
    setAsking(true)
    try {
      setModel(await requestJson<ModelCheck>(`/api/diagnostics/model?org=${organisationId}`, { method: 'POST' }))
    } catch (error) {
      toastError('Not asked', error)
    } finally {
      setAsking(false)
    }
  }

  const own = findings
    ? [storeLine(findings.found), streamLine(findings.stream), clockLine(findings.clock), sealingLine(findings.found)]
    : []
  const servers = findings?.found.servers.map(serverLine) ?? []
  const models = model ? [modelLine(model)] : []

  const copy = async () => {
    if (!findings) return
    try {
      await navigator.clipboard.writeText(textOf(findings.found, [...own, ...models, ...servers]))
      toast.success('Copied, without secrets.')
    } catch (error) {
      toastError('Not copied', error)
    }
  }

  return (
    <>
      <div className="flex flex-wrap gap-2">
        <Button busy={busy} onClick={look} data-testid="diagnose">
          {!busy && <RotateCw size={14} aria-hidden />}
          Look again
        </Button>
        <Button disabled={!findings} onClick={copy} data-testid="copy-diagnostics">
          <Copy size={14} aria-hidden />
          Copy
        </Button>
      </div>
      {failure && <Notice tone="danger">{failure}</Notice>}
      {!findings && !failure && <p className="text-sm text-muted">Looking …</p>}
      {findings && (
        <>
          <Section title="Longwatch">
            <Lines lines={own} />
          </Section>
          <Section
            title="Model"
            description={`${findings.found.model ? `${findings.found.model.label}. ` : ''}One small question, as a run asks it.`}
          >
            {models.length > 0 && <Lines lines={models} />}
            <div>
              {findings.found.model ? (
                <Button busy={asking} onClick={askModel} data-testid="check-model">
                  {!asking && <Check size={14} aria-hidden />}
                  Ask the model
                </Button>
              ) : (
                <Notice tone="warn">No model is configured.</Notice>
              )}
            </div>
          </Section>
          <Section title="MCP servers">
            {servers.length > 0 ? (
              <Lines lines={servers} />
            ) : (
              <p className="text-sm text-muted">There are none in this organisation.</p>
            )}
          </Section>
          <p className="text-xs text-muted">
            Version {findings.found.version}, Node {findings.found.node}
          </p>
        </>
      )}
    </>
  )
}

function Lines({ lines }: { lines: Line[] }) {
  return (
    <ul className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface">
      {lines.map(({ name, tone, state, detail }) => (
        <li
          key={name}
          data-testid="diagnosis"
          data-name={name}
          data-tone={tone}
          className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3.5 py-2.5 text-sm"
        >
          <span className="min-w-40 flex-1 font-medium [overflow-wrap:anywhere]">{name}</span>
          <Badge tone={tone}>{state}</Badge>
          <span className="w-full text-xs text-muted [overflow-wrap:anywhere]">{detail}</span>
        </li>
      ))}
    </ul>
  )
}
