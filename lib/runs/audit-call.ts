import { AUDIT_KEPT, withoutSecrets } from '@/lib/access/audit'
import { type AuditActor, type AuditRecord, auditRecords } from '@/lib/access/audit-collection'
import type { CallRecord } from '@/lib/agent/ports'
import { cutToBytes } from '@/lib/agent/tokens'
import { derivedResourceId } from '@/lib/ids'
import type { Run } from '@/lib/runs/types'
import type { Json, Operation } from '@/lib/stores/contract'

/** Of arguments so much is kept in the audit log; the whole is in the run's log. */
const MAX_ARGUMENTS_BYTES = 4 * 1024
const MAX_REASON_BYTES = 500

/**
 * The operation that records a call and what was decided about it. The record's id comes from the call's, so that a run
 * that is taken over records none twice.
 */
export function callAuditOperation(run: Run, actor: AuditActor, call: CallRecord): Operation {
  const { organisationId } = run
  const record: AuditRecord = {
    id: derivedResourceId('aud', organisationId, run.createdAt, `${run.id}\n${call.toolCallId}`),
    at: Date.now(),
    actor,
    action: 'tool.call',
    target: { kind: 'tool', id: call.toolName, name: call.tool?.toolName ?? call.toolName },
    origin: null,
    before: null,
    after: {
      runId: run.id,
      sessionId: run.sessionId,
      toolCallId: call.toolCallId,
      server: call.tool?.serverName ?? null,
      risk: call.tool?.risk ?? null,
      decision: call.decision,
      ...(call.reason ? { reason: cutToBytes(call.reason, MAX_REASON_BYTES) } : {}),
      outcome: call.outcome,
      durationMs: call.durationMs,
      arguments: boundedArguments(call.arguments),
    },
  }
  return auditRecords.put(record.id, record, { expiresIn: AUDIT_KEPT })
}

/** Without secrets; as text that is cut when they are long. */
export function boundedArguments(input: unknown): Json {
  const clean = withoutSecrets(input)
  const text = JSON.stringify(clean)
  return Buffer.byteLength(text) <= MAX_ARGUMENTS_BYTES ? clean : cutToBytes(text, MAX_ARGUMENTS_BYTES)
}
