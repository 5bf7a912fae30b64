// `node --import ./scripts/typescript-alias.mjs file.ts`: lets plain Node resolve `@/x` and imports without extension.
import { existsSync, statSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const endings = ['', '.ts', '.tsx', '/index.ts']

function fileOf(path) {
  for (const ending of endings) {
    const file = path + ending
    if (existsSync(file) && statSync(file).isFile()) return pathToFileURL(file).href
  }
  return null
}

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier.startsWith('@/')) {
      const url = fileOf(root + specifier.slice(2))
      if (url) return { url, shortCircuit: true }
    } else if (specifier.startsWith('.') && context.parentURL?.startsWith('file:')) {
      const url = fileOf(fileURLToPath(new URL(specifier, context.parentURL)))
      if (url) return { url, shortCircuit: true }
    }
    return nextResolve(specifier, context)
  },
})
