import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import { type Provisioning, provisioningFile } from '@/lib/access/provisioning/schema'
import { normaliseEmail } from '@/lib/access/users'

export interface ProvisioningProblem {
  file: string
  line: number
  message: string
}

/** What is wrong with the provisioning files, each with file and line; values are not repeated. */
export class ProvisioningError extends Error {
  readonly problems: ProvisioningProblem[]

  constructor(problems: ProvisioningProblem[]) {
    super(
      `The provisioning is not usable:\n${problems.map(({ file, line, message }) => `  ${file}:${line}: ${message}`).join('\n')}`,
    )
    this.name = 'ProvisioningError'
    this.problems = problems
  }
}

type Variables = (name: string) => string | undefined
type Path = PropertyKey[]

interface ReadFile {
  file: string
  content: Provisioning
  lineOf: (path: Path) => number
}

/**
 * Reads a provisioning file, or every `.yaml` and `.yml` file of a folder by name, and joins them. `${NAME}` becomes what
 * `variables` says. Throws `ProvisioningError` with all problems of all files.
 */
export async function readProvisioning(place: string, variables: Variables): Promise<Provisioning> {
  const problems: ProvisioningProblem[] = []
  const files: ReadFile[] = []
  for (const file of await findFiles(place)) {
    const read = parseFile(file, await readText(file), variables)
    if ('problems' in read) problems.push(...read.problems)
    else files.push(read)
  }
  if (problems.length === 0) problems.push(...findContradictions(files))
  if (problems.length > 0) throw new ProvisioningError(problems)
  return {
    users: files.flatMap(({ content }) => content.users),
    organisations: files.flatMap(({ content }) => content.organisations),
  }
}

async function findFiles(place: string): Promise<string[]> {
  const found = await stat(place).catch(() => null)
  if (!found) throw new ProvisioningError([{ file: place, line: 0, message: 'there is no such file or folder' }])
  if (!found.isDirectory()) return [place]
  const names = (await readdir(place)).filter((name) => /\.ya?ml$/i.test(name)).sort()
  return names.map((name) => join(place, name))
}

const readText = (file: string) =>
  readFile(file, 'utf8').catch(() => {
    throw new ProvisioningError([{ file, line: 0, message: 'this file cannot be read' }])
  })

function parseFile(file: string, text: string, variables: Variables): ReadFile | { problems: ProvisioningProblem[] } {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const lineAt = (offset: number) => Math.max(lines.linePos(offset).line, 1)
  if (document.errors.length > 0)
    return {
      problems: document.errors.map((error) => ({
        file,
        line: lineAt(error.pos[0]),
        message: error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? 'this is not YAML',
      })),
    }
  const problems = fillVariables(document, variables).map(({ offset, message }) => ({
    file,
    line: lineAt(offset),
    message,
  }))
  const lineOf = (path: Path) => lineAt(offsetOf(document, path))
  const parsed = provisioningFile.safeParse(document.toJS() ?? {})
  if (!parsed.success)
    for (const issue of parsed.error.issues) {
      // Of an unknown name the place of the name itself is told.
      const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path
      problems.push({ file, line: lineOf(path), message: `${describePath(path)}: ${describe(issue.message)}` })
    }
  return parsed.success && problems.length === 0 ? { file, content: parsed.data, lineOf } : { problems }
}

/** Zod repeats no values, but for names that it does not know. */
const describe = (message: string) => message.replace(/^Invalid input: /, '')

const describePath = (path: Path) =>
  path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part)),
    '',
  ) || 'the file'

function fillVariables(document: Document, variables: Variables): { offset: number; message: string }[] {
  const missing: { offset: number; message: string }[] = []
  visit(document, {
    Scalar: (key, node) => {
      if (key === 'key' || typeof node.value !== 'string') return
      node.value = node.value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, name: string) => {
        const value = variables(name)
        if (value === undefined)
          missing.push({ offset: node.range?.[0] ?? 0, message: `the environment has no variable ${name}` })
        // Left standing where it is missing, so that it is not a problem twice.
        return value ?? whole
      })
    },
  })
  return missing
}

/** Where a path stands: its key if it has one, else the nearest thing around it that is there. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const last = path[length - 1]
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true)
    if (isMap(parent)) {
      const pair = parent.items.find(({ key }) => (isScalar(key) ? key.value : key) === last)
      if (pair && isNode(pair.key)) return pair.key.range?.[0] ?? 0
    }
    const node = document.getIn(path.slice(0, length), true)
    if (isNode(node)) return node.range?.[0] ?? 0
  }
  return isNode(document.contents) ? (document.contents.range?.[0] ?? 0) : 0
}

/** What must be unique is said twice, or a member is no user; within a file or across them. */
function findContradictions(files: ReadFile[]): ProvisioningProblem[] {
  const problems: ProvisioningProblem[] = []
  const unique = (seen: Set<string>, { file, lineOf }: ReadFile, path: Path, what: string, value: string) => {
    if (seen.has(value))
      problems.push({ file, line: lineOf(path), message: `${describePath(path)}: ${what} is named twice` })
    seen.add(value)
  }
  const emails = new Set<string>()
  const slugs = new Set<string>()
  const tokenValues = new Set<string>()
  for (const read of files) {
    read.content.users.forEach(({ email }, index) => {
      unique(emails, read, ['users', index, 'email'], 'this user', normaliseEmail(email))
    })
    read.content.organisations.forEach((organisation, index) => {
      const at: Path = ['organisations', index]
      unique(slugs, read, [...at, 'slug'], 'this organisation', organisation.slug)
      for (const kind of ['tokens', 'mcpServers', 'dataSources'] as const) {
        const names = new Set<string>()
        organisation[kind].forEach(({ name }, place) => {
          unique(names, read, [...at, kind, place, 'name'], 'this name', name)
        })
      }
      const members = new Set<string>()
      organisation.members.forEach(({ email }, place) => {
        unique(members, read, [...at, 'members', place, 'email'], 'this member', normaliseEmail(email))
      })
      organisation.tokens.forEach(({ value }, place) => {
        unique(tokenValues, read, [...at, 'tokens', place, 'value'], 'this value', value)
      })
    })
  }
  for (const { file, content, lineOf } of files)
    content.organisations.forEach((organisation, index) => {
      organisation.members.forEach(({ email }, place) => {
        const path: Path = ['organisations', index, 'members', place, 'email']
        if (!emails.has(normaliseEmail(email)))
          problems.push({
            file,
            line: lineOf(path),
            message: `${describePath(path)}: no user of this address under users`,
          })
      })
    })
  return problems
}
