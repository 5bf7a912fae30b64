// `npm run build`: a production build of the sources as they are now.
import { ensureBuild, ensureDependencies } from './lib.mjs'

await ensureDependencies()
await ensureBuild()
