import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from './lib.mjs'
import { MUTATIONS } from './mutation-list.mjs'

it.each(MUTATIONS)('the line that switches this off stands once where it is looked for: $name', (mutation) => {
  const { file, find, replace, tests } = mutation
  expect(readFileSync(join(ROOT, file), 'utf8').split(find)).toHaveLength(2)
  expect(replace).not.toBe(find)
  expect(tests.filter((test) => !existsSync(join(ROOT, test)))).toEqual([])
})
