import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const PROMETHEUS = '/usr/bin/prometheus'
const NODE_EXPORTER = '/usr/bin/prometheus-node-exporter'

export interface RunningPrometheus {
  url: string
  /** `host:port` of the scraped node exporter: the `instance` label. */
  instance: string
  stop(): Promise<void>
}

const RULES = `
groups:
  - name: machine
    rules:
      - { record: 'instance:node_load1:copy', expr: node_load1 }
      - alert: ExporterAnswers
        expr: up{job="node"} == 1
        labels: { severity: info }
        annotations: { summary: 'The exporter of {{ $labels.instance }} answers.' }
      - alert: ExporterDown
        expr: up{job="node"} == 0
        for: 5m
        labels: { severity: critical }
        annotations: { summary: 'The exporter of {{ $labels.instance }} is down.' }
`

/**
 * A real Prometheus on a free loopback port, scraping a real node exporter every second, with one recording rule, one
 * alert that fires and one that does not. Resolves once all of these have data. Fails when the programs are missing.
 */
export async function startPrometheus(): Promise<RunningPrometheus> {
  for (const program of [PROMETHEUS, NODE_EXPORTER])
    if (!existsSync(program))
      throw new Error(`${program} is missing: apt-get install prometheus prometheus-node-exporter`)
  const folder = await mkdtemp(join(tmpdir(), 'longwatch-prometheus-'))
  const processes: ChildProcess[] = []
  const stop = async () => {
    await Promise.all(processes.map(end))
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const exporter = spawn(NODE_EXPORTER, [
      '--collector.disable-defaults',
      '--collector.loadavg',
      '--collector.cpu',
      '--web.listen-address=127.0.0.1:0',
    ])
    processes.push(exporter)
    const instance = await listeningAddress(exporter, 'node exporter')
    const configuration = join(folder, 'prometheus.yml')
    await writeFile(join(folder, 'rules.yml'), RULES)
    await writeFile(
      configuration,
      `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [rules.yml]
scrape_configs:
  - { job_name: node, static_configs: [{ targets: ['${instance}'] }] }
`,
    )
    const prometheus = spawn(PROMETHEUS, [
      `--config.file=${configuration}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      '--web.listen-address=127.0.0.1:0',
      // New targets wait in two stages of up to 5 s; this shortens the one that can be.
      '--scrape.discovery-reload-interval=100ms',
    ])
    processes.push(prometheus)
    const url = `http://${await listeningAddress(prometheus, 'Prometheus')}`
    for (const query of ['up{job="node"} == 1', 'instance:node_load1:copy', 'ALERTS{alertstate="firing"}'])
      await untilResult(url, query, prometheus)
    return { url, instance, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Both programs were given port 0 and log the address that they got. */
function listeningAddress(child: ChildProcess, name: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const last: string[] = []
  child.stdout?.resume()
  const reader = createInterface({ input: child.stderr as NodeJS.ReadableStream })
  reader.on('line', (line) => {
    last.push(line)
    if (last.length > 5) last.shift()
    const address = /msg="Listening on" address=(\S+)/.exec(line)?.[1]
    if (address) resolve(address)
  })
  child.once('error', reject)
  child.once('exit', (code) => reject(new Error(`The ${name} ended at once (${code}):\n${last.join('\n')}`)))
  return promise
}

async function untilResult(url: string, query: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + 20_000
  while (child.exitCode === null && Date.now() < deadline) {
    const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`)
    const body = (await response.json().catch(() => null)) as { data?: { result?: unknown[] } } | null
    if (body?.data?.result?.length) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`Prometheus has no result for ${query}.`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
