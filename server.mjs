// The self-hosted server (`npm start`): Next.js' pages, and before them the API's calls, which need nothing of Next.js.
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import nextEnvironment from '@next/env'
import next from 'next'

process.env.NODE_ENV = 'production'
// Before anything is read: the address may stand in a file too.
nextEnvironment.loadEnvConfig(import.meta.dirname)
// As `next start` takes them.
const { values: given } = parseArgs({
  options: { port: { type: 'string', short: 'p' }, hostname: { type: 'string', short: 'H' } },
})
const port = Number(given.port ?? (process.env.PORT || 3000))
const hostname = given.hostname ?? (process.env.HOST || '0.0.0.0')
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  process.stderr.write('Longwatch cannot start. PORT: expected a port, 0 to 65535.\n')
  process.exit(1)
}

// In a container image only the build is there. Its own configuration is what Next.js' standalone server goes by, too.
if (!existsSync(join(import.meta.dirname, 'next.config.mjs'))) {
  const built = join(
    import.meta.dirname,
    process.env.LONGWATCH_BUILD_DIRECTORY || '.next',
    'required-server-files.json',
  )
  process.env.__NEXT_PRIVATE_STANDALONE_CONFIG = JSON.stringify(JSON.parse(readFileSync(built, 'utf8')).config)
}

const application = next({ dev: false, dir: import.meta.dirname, hostname, port })
const preparing = Promise.withResolvers()
/** Of Next.js; null until it is ready. */
let answerPage = null

async function answer(request, response) {
  if (!answerPage) await preparing.promise
  // Known once Next.js has loaded the route (see `lib/http/direct.ts`).
  const routes = globalThis.longwatchRoutes
  const found = routes?.find(request)
  if (found) await routes.answer(found, request, response)
  else await answerPage(request, response)
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    process.stderr.write(`${error?.stack ?? error}\n`)
    response.destroy()
  })
})

// The port first: a process that cannot have it must not begin to take runs over.
server.once('error', (error) => {
  process.stderr.write(`Longwatch cannot listen on ${hostname}:${port}: ${error.message}\n`)
  process.exit(1)
})
server.listen(port, hostname, async () => {
  try {
    await application.prepare()
  } catch (error) {
    process.stderr.write(`Longwatch cannot start: ${error?.stack ?? error}\n`)
    process.exit(1)
  }
  answerPage = application.getRequestHandler()
  preparing.resolve()
  process.stdout.write(`Longwatch listens on http://${hostname}:${port}\n`)
})
