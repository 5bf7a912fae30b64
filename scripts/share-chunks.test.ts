import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { shareChunks } from './share-chunks.mjs'

const MODULES = 'module.exports=[1,()=>"one",2,()=>"two"];'

describe("the server's chunks that hold the same", () => {
  let build = ''
  const file = (name: string) => join(build, 'server/chunks', name)
  const write = (name: string, text: string) => writeFileSync(file(name), text)
  const mapped = (name: string, text: string) => write(name, `${text}\n\n//# sourceMappingURL=${name}.map\n`)
  beforeEach(() => {
    build = mkdtempSync(join(tmpdir(), 'longwatch-chunks-'))
    mkdirSync(file('ssr'), { recursive: true })
  })
  afterEach(() => rmSync(build, { recursive: true }))

  it('are kept once, whatever they call their source map, and load the same modules', () => {
    mapped('[root]__a._.js', MODULES)
    mapped('[root]__b._.js', MODULES)
    mapped('ssr/c.js', MODULES)
    mapped('ssr/d.js', MODULES)
    expect(shareChunks(build)).toEqual(['server/chunks/[root]__b._.js', 'server/chunks/ssr/d.js'])
    const load = createRequire(import.meta.url)
    expect(load(file('[root]__b._.js'))).toBe(load(file('[root]__a._.js')))
    expect(load(file('ssr/d.js'))).toBe(load(file('ssr/c.js')))
    expect(shareChunks(build)).toEqual([])
  })

  it('are kept once by the command that the image runs', () => {
    mapped('a.js', MODULES)
    mapped('b.js', MODULES)
    const script = fileURLToPath(new URL('./share-chunks.mjs', import.meta.url))
    const said = execFileSync(process.execPath, [script, build], { encoding: 'utf8' })
    expect(said).toBe('1 chunks load another one that holds the same.\n')
    expect(readFileSync(file('b.js'), 'utf8')).toBe('module.exports=require("./a.js")\n')
  })

  it('leave alone what differs, what is no list of modules, and what is no script', () => {
    mapped('a.js', MODULES)
    mapped('b.js', MODULES.replace('two', 'three'))
    const runtime = 'const RUNTIME_PUBLIC_PATH="runtime.js";'
    for (const name of ['one-runtime.js', 'other-runtime.js']) write(name, runtime)
    for (const name of ['a.js.map', 'b.js.map']) write(name, MODULES)
    expect(shareChunks(build)).toEqual([])
    expect(readFileSync(file('other-runtime.js'), 'utf8')).toBe(runtime)
  })
})
