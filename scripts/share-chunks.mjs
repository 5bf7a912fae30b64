import { readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where Turbopack leaves what a server loads, below a build's folder. */
const FOLDERS = ['server/chunks', 'server/chunks/ssr']
/** Of text that only modules are, and not the bundler's runtime, which is told its own file's name. */
const MODULES = 'module.exports=['
const SOURCE_MAP = /\n\/\/# sourceMappingURL=\S+\s*$/

/**
 * Keeps one of the server's chunks that hold the same: the others load it. The bundler writes the whole application anew
 * for routes that were reached in another way, and a process reads, parses and keeps each copy (45 MB of 140).
 * @param directory a build's folder, such as `.next`.
 * @returns the paths of the files that were replaced, below `directory`.
 */
export function shareChunks(directory) {
  const replaced = []
  for (const folder of FOLDERS) {
    const kept = new Map()
    for (const name of readdirSync(join(directory, folder)).sort()) {
      if (!name.endsWith('.js')) continue
      const file = join(directory, folder, name)
      const text = readFileSync(file, 'utf8')
      if (!text.startsWith(MODULES)) continue
      const content = text.replace(SOURCE_MAP, '')
      const same = kept.get(content)
      if (same === undefined) kept.set(content, name)
      else {
        writeFileSync(file, `module.exports=require(${JSON.stringify(`./${same}`)})\n`)
        replaced.push(join(folder, name))
      }
    }
  }
  return replaced
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  console.log(`${shareChunks(process.argv[2] ?? '.next').length} chunks load another one that holds the same.`)
}
