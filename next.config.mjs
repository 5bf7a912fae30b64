import { fileURLToPath } from 'node:url'

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
      headers: [
        { key: 'x-content-type-options', value: 'nosniff' },
        { key: 'referrer-policy', value: 'no-referrer' },
        { key: 'content-security-policy', value: "default-src 'none'; frame-ancestors 'none'" },
      ],
    },
  ],
}
