import type { Operation } from '@/lib/http/operation'
import * as access from '@/lib/http/operations/access'
import * as approvals from '@/lib/http/operations/approvals'
import * as attachments from '@/lib/http/operations/attachments'
import * as audit from '@/lib/http/operations/audit'
import * as diagnostics from '@/lib/http/operations/diagnostics'
import { watchEvents } from '@/lib/http/operations/events'
import * as evidence from '@/lib/http/operations/evidence'
import * as feedback from '@/lib/http/operations/feedback'
import * as mcpServers from '@/lib/http/operations/mcp-servers'
import * as models from '@/lib/http/operations/models'
import * as people from '@/lib/http/operations/people'
import * as runs from '@/lib/http/operations/runs'
import * as service from '@/lib/http/operations/service'
import * as sessions from '@/lib/http/operations/sessions'
import * as settings from '@/lib/http/operations/settings'
import * as shares from '@/lib/http/operations/shares'
import * as toolPolicy from '@/lib/http/operations/tool-policy'
import * as tools from '@/lib/http/operations/tools'
import * as usage from '@/lib/http/operations/usage'

/** Every call of the API. A test holds this list against the routes in `app/api`. */
export const operations: Operation[] = [
  access,
  audit,
  people,
  service,
  runs,
  attachments,
  approvals,
  sessions,
  { watchEvents },
  evidence,
  diagnostics,
  settings,
  tools,
  mcpServers,
  toolPolicy,
  models,
  usage,
  shares,
  feedback,
].flatMap((module) => Object.values(module) as Operation[])
