import { ensureBuild } from '../../scripts/lib.mjs'

/** The tests run against the built application; a build of exactly these sources is made unless it is there. */
export default async function globalSetup(): Promise<void> {
  await ensureBuild()
}
