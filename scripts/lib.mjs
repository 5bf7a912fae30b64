// What the project's scripts share. Runs on Node 18 and later, before anything is installed.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { shareChunks } from './share-chunks.mjs'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))
const NODE_MAJOR = 24

export const say = (text) => console.log(`[longwatch] ${text}`)

export function fail(text) {
  console.error(`\n[longwatch] ${text}\n`)
  process.exit(1)
}

/** Runs a command with its output shown; resolves with its exit code. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', ...options })
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(signal ? 1 : (code ?? 1)))
  })
}

/** The Node to run the product with: this one if it is new enough, else the one among the dependencies. */
export function nodePath() {
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) return process.execPath
  const own = join(ROOT, 'node_modules/.bin/node')
  if (existsSync(own)) return own
  fail(
    `Node ${process.versions.node} is too old: Longwatch needs ${NODE_MAJOR}, and no Node for ${process.platform}-${process.arch} came with the dependencies. Install Node ${NODE_MAJOR} from https://nodejs.org and try again.`,
  )
}

/** The environment for the product's own processes: tools find the right Node first. */
export const environment = (more = {}) => ({
  ...process.env,
  NEXT_TELEMETRY_DISABLED: '1',
  PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`,
  ...more,
})

const digest = (text) => createHash('sha256').update(text).digest('hex')

/** Installs the dependencies unless those of this lock file are there. */
export async function ensureDependencies() {
  const stamp = join(ROOT, 'node_modules/.longwatch-installed')
  const wanted = digest(readFileSync(join(ROOT, 'package-lock.json')))
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  say('Installing dependencies (once; about a minute) …')
  const code = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  if (code !== 0) fail('npm ci failed; see above. Is the npm registry reachable?')
  writeFileSync(stamp, wanted)
}

const SOURCES = ['app', 'components', 'lib', 'public']
const SOURCE_FILES = [
  'instrumentation.ts',
  'middleware.ts',
  'next.config.mjs',
  'package-lock.json',
  'postcss.config.mjs',
  'scripts/share-chunks.mjs',
  'tsconfig.json',
]

function* filesIn(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesIn(path)
    else if (!/\.test\.tsx?$/.test(entry.name)) yield path
  }
}

function fingerprint(basePath) {
  const files = [
    ...SOURCES.filter((folder) => existsSync(join(ROOT, folder))).flatMap((folder) => [...filesIn(join(ROOT, folder))]),
    ...SOURCE_FILES.map((file) => join(ROOT, file)).filter((file) => existsSync(file)),
  ]
  const sources = digest(
    files
      .sort()
      .map((file) => `${file}:${statSync(file).size}:${digest(readFileSync(file))}`)
      .join('\n'),
  )
  return basePath === '' ? sources : `${sources} ${basePath}`
}

/**
 * Builds for production unless a build of exactly these sources is there. The base path is built in; a build for another
 * one goes to a directory of its own, if both are wanted.
 */
export async function ensureBuild({ basePath = process.env.LONGWATCH_BASE_PATH ?? '', directory = '.next' } = {}) {
  const stamp = join(ROOT, directory, 'longwatch-fingerprint')
  // On Vercel each function is sent the files that the build named for it, and no others.
  const isShared = !process.env.VERCEL
  const wanted = `${fingerprint(basePath)}${isShared ? '' : ' unshared'}`
  if (existsSync(join(ROOT, directory, 'BUILD_ID')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted)
    return
  say('Building (once; about half a minute) …')
  const settings = {
    LONGWATCH_BASE_PATH: basePath,
    LONGWATCH_BUILD_DIRECTORY: directory === '.next' ? '' : directory,
  }
  const code = await run(nodePath(), ['node_modules/next/dist/bin/next', 'build'], { env: environment(settings) })
  if (code !== 0) fail('The build failed; see above.')
  if (isShared) shareChunks(join(ROOT, directory))
  mkdirSync(join(ROOT, directory), { recursive: true })
  writeFileSync(stamp, wanted)
}

const isFree = (port, host) =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, host, () => server.close(() => resolve(true)))
  })

/** The wanted port, or the next free one after it. */
export async function freePort(wanted, host = '127.0.0.1') {
  for (let port = wanted; port < wanted + 100; port += 1) {
    if (await isFree(port, host)) return port
  }
  fail(`None of the ports ${wanted} to ${wanted + 99} is free.`)
}

/** Resolves when the address answers with a success; rejects when the process ends or the time is over. */
export async function untilAnswers(url, child, milliseconds = 60_000) {
  const end = Date.now() + milliseconds
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('it ended before it answered')
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
      await response.body?.cancel()
      if (response.ok) return
    } catch {
      // Not up yet.
    }
    if (Date.now() > end) throw new Error(`${url} did not answer within ${milliseconds / 1000} s`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

export const hasCommand = (name) => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0
