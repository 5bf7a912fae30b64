import { fileURLToPath } from 'node:url'

/** @type {import('next').NextConfig} */
export default {
  poweredByHeader: false,
  reactStrictMode: true,
  // NEXT_OUTPUT=standalone makes a folder that runs by itself, for container images.
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
