import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { HttpOptions } from '@/lib/datasources/http'
import { PrometheusClient } from '@/lib/datasources/prometheus/client'
import { registerDiscoveryTools } from '@/lib/datasources/prometheus/discovery-tools'
import { registerQueryTools } from '@/lib/datasources/prometheus/query-tools'
import { registerStateTools } from '@/lib/datasources/prometheus/state-tools'
import { sourceArgument, type ToolOptions } from '@/lib/datasources/results'
import type { OpenedDataSource } from '@/lib/datasources/types'

export interface PrometheusToolOptions extends ToolOptions, HttpOptions {
  /** Unix seconds now; tests set it. */
  now?: () => number
}

/** What the groups of tools share. */
export interface PrometheusTools {
  server: McpServer
  source: ReturnType<typeof sourceArgument<PrometheusClient>>
  options: PrometheusToolOptions
  now: () => number
}

/**
 * Registers the Prometheus tools, all read-only: query_instant, query_range, list_metrics, list_labels, label_values,
 * series, targets, rules, alerts. With several sources each takes `source`. Registers nothing without a source.
 */
export function registerPrometheusTools(
  server: McpServer,
  sources: OpenedDataSource[],
  options: PrometheusToolOptions = {},
): void {
  const own = sources.filter((source) => source.type === 'prometheus')
  if (own.length === 0) return
  const tools: PrometheusTools = {
    server,
    source: sourceArgument(own, (source) => new PrometheusClient(source, options)),
    options,
    now: options.now ?? (() => Date.now() / 1000),
  }
  registerQueryTools(tools)
  registerDiscoveryTools(tools)
  registerStateTools(tools)
}
