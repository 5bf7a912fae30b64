// Programs of the operating system that the tests and the full set-up want.
import { existsSync } from 'node:fs'
import { fail, hasCommand, run, say } from './lib.mjs'

const WINDOWLESS = 'chromium-headless-shell'

const asDebiansRoot = () => existsSync('/etc/debian_version') && process.getuid?.() === 0

/** Makes sure that the commands are there; on Debian as root they are installed. `wanted`: command → Debian package. */
export async function ensureSystemPackages(wanted, why) {
  const missing = Object.entries(wanted).filter(([command]) => !hasCommand(command))
  const packages = missing.map(([, name]) => name)
  if (packages.length === 0) return
  if (!asDebiansRoot()) {
    fail(
      `${why} ${packages.join(', ')}, which are not on this machine. On Debian or Ubuntu: sudo apt-get install ${packages.join(' ')}. Elsewhere install them so that the commands are on the PATH; a Chromium elsewhere is named by CHROMIUM_PATH.`,
    )
  }
  if (!(await install(packages))) fail(`apt-get could not install ${packages.join(', ')}; see above.`)
}

/**
 * Makes sure that there is a Chromium, as playwright.config.ts looks for it: Debian's without a window, which runs the
 * journeys in less time, or the one with a window where a release or a machine has no other.
 */
export async function ensureBrowser(why) {
  if (process.env.CHROMIUM_PATH || hasCommand(WINDOWLESS)) return
  if (asDebiansRoot() && (await install([WINDOWLESS]))) return
  await ensureSystemPackages({ chromium: 'chromium' }, why)
}

/** Whether Debian's packages could be installed. */
async function install(packages) {
  say(`Installing Debian packages: ${packages.join(', ')} …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'], env }
  if ((await run('apt-get', ['update', '-qq'], quiet)) !== 0) return false
  return (await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], quiet)) === 0
}
