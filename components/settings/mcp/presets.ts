import { type HeaderDraft, newHeader } from '@/components/settings/mcp/draft'

/** A kind of server that somebody is likely to add. */
export interface Preset {
  id: string
  label: string
  description: string
  name: string
  urlPlaceholder: string
  urlHint: string
  headers: () => HeaderDraft[]
  /** What is missing of an address that was typed in short. */
  completeUrl?: (url: string) => string
}

const LLM_APP_PATH = '/api/plugins/grafana-llm-app/resources/mcp/grafana'

export const PRESETS: Preset[] = [
  {
    id: 'mcp-grafana',
    label: 'mcp-grafana',
    description: 'Grafana’s own MCP server, run beside a Grafana. It speaks for one Grafana: add one server for each.',
    name: 'grafana',
    urlPlaceholder: 'http://mcp-grafana:8000/mcp',
    urlHint: 'Where mcp-grafana listens, with its path: /mcp for streamable HTTP.',
    headers: () => [
      newHeader({ name: 'X-Grafana-Service-Account-Token', hint: 'A service-account token of that Grafana.' }),
      newHeader({
        name: 'X-Grafana-Org-Id',
        value: '{{org.externalId}}',
        hint: 'The Grafana organisation. {{org.externalId}} is this organisation’s id there.',
      }),
    ],
  },
  {
    id: 'grafana-llm-app',
    label: 'Grafana LLM app',
    description: 'The MCP endpoint inside a Grafana that has the LLM app installed. No further server is needed.',
    name: 'grafana',
    urlPlaceholder: 'https://grafana.example.com',
    urlHint: `The address of Grafana; ${LLM_APP_PATH} is added to it.`,
    headers: () => [
      newHeader({ name: 'Authorization', prefix: 'Bearer ', hint: 'A service-account token of that Grafana.' }),
    ],
    completeUrl: (url) =>
      URL.canParse(url) && !new URL(url).pathname.includes('/api/plugins/')
        ? `${url.replace(/\/+$/, '')}${LLM_APP_PATH}`
        : url,
  },
  {
    id: 'other',
    label: 'Another MCP server',
    description: 'Any server that speaks MCP over streamable HTTP or server-sent events.',
    name: '',
    urlPlaceholder: 'https://mcp.example.com/mcp',
    urlHint: 'The MCP endpoint. Credentials belong into a header, not into the address.',
    headers: () => [],
  },
]
