// Programs of the operating system that the tests and the full set-up want.
import { existsSync } from 'node:fs'
import { fail, hasCommand, run, say } from './lib.mjs'

/** Makes sure that the commands are there; on Debian as root they are installed. `wanted`: command → Debian package. */
export async function ensureSystemPackages(wanted, why) {
  const missing = Object.entries(wanted).filter(([command]) => !hasCommand(command))
  const packages = missing.map(([, name]) => name)
  if (packages.length === 0) return
  const debian = existsSync('/etc/debian_version') && process.getuid?.() === 0
  if (!debian) {
    fail(
      `${why} ${packages.join(', ')}, which are not on this machine. On Debian or Ubuntu: sudo apt-get install ${packages.join(' ')}. Elsewhere install them so that the commands are on the PATH; a Chromium elsewhere is named by CHROMIUM_PATH.`,
    )
  }
  say(`Installing Debian packages: ${packages.join(', ')} …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'], env }
  if ((await run('apt-get', ['update', '-qq'], quiet)) !== 0) fail('apt-get update failed; see above.')
  const code = await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], quiet)
  if (code !== 0) fail(`apt-get could not install ${packages.join(', ')}; see above.`)
}
