import { fileURLToPath } from 'node:url'

/** @type {import('next').NextConfig} */
export default {
  poweredByHeader: false,
  // The client comes from the project's node_modules at run time, as Longwatch's does.
  serverExternalPackages: ['redis', 'resumable-stream'],
  turbopack: { root: fileURLToPath(new URL('../..', import.meta.url)) },
}
