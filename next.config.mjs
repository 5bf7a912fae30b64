import { fileURLToPath } from 'node:url'
import { API_HEADERS } from './lib/http/api-headers.mjs'

/** @type {import('next').NextConfig} */
export default {
  poweredByHeader: false,
  reactStrictMode: true,
  // NEXT_OUTPUT=standalone makes a folder that runs by itself, for container images.
  // Where the application stands is part of the build: `lib/env.ts` refuses a start that was told another path.
  basePath: process.env.LONGWATCH_BASE_PATH || undefined,
  env: { LONGWATCH_BUILT_BASE_PATH: process.env.LONGWATCH_BASE_PATH ?? '' },
  // A second build beside the first, for the tests.
  distDir: process.env.LONGWATCH_BUILD_DIRECTORY || undefined,
  output: process.env.NEXT_OUTPUT === 'standalone' ? 'standalone' : undefined,
  serverExternalPackages: ['pino', 'ioredis', 'prom-client', 'gpt-tokenizer', 'undici', '@modelcontextprotocol/sdk'],
  turbopack: { root: fileURLToPath(new URL('.', import.meta.url)) },
  headers: async () => [
    {
      source: '/api/:path*',
      headers: Object.entries(API_HEADERS).map(([key, value]) => ({ key, value })),
    },
  ],
}
