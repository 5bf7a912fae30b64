import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { badRequest } from '@/lib/errors'
import type { TransferRecord } from '@/lib/stores/transfer'

const FORMAT = 'longwatch-backup'
const FORMAT_VERSION = 1

export interface ArchiveSummary {
  records: number
  /** SHA-256 of all lines between the first and the last, in hexadecimal. */
  digest: string
}

/**
 * Writes records to a gzip file of JSON lines: a header, the records, and a footer with their number and digest, by
 * which a file that was cut off is told from a whole one. The file appears under its name only when it is whole.
 */
export async function writeArchive(
  file: string,
  header: { driver: string },
  records: AsyncIterable<TransferRecord>,
): Promise<ArchiveSummary> {
  const hash = createHash('sha256')
  let count = 0
  let summary: ArchiveSummary = { records: 0, digest: '' }
  async function* lines() {
    yield `${JSON.stringify({ format: FORMAT, version: FORMAT_VERSION, createdAt: new Date().toISOString(), ...header })}\n`
    for await (const record of records) {
      const line = `${JSON.stringify(record)}\n`
      hash.update(line)
      count += 1
      yield line
    }
    summary = { records: count, digest: hash.digest('hex') }
    yield `${JSON.stringify({ end: true, ...summary })}\n`
  }
  const draft = `${file}.part`
  try {
    await pipeline(Readable.from(lines()), createGzip(), createWriteStream(draft, { mode: 0o600, flush: true }))
    await rename(draft, file)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  return summary
}

/**
 * The records of an archive. Throws `bad_request` (field `file`) for a file that is no backup, of a newer version, or
 * damaged; that a file is cut off shows only at its end, so read it through once before you act on it (`checkArchive`).
 */
export async function* readArchive(file: string): AsyncGenerator<TransferRecord> {
  const hash = createHash('sha256')
  let count = 0
  let place: 'header' | 'records' | 'behind' = 'header'
  const source = createGunzip()
  createReadStream(file)
    .on('error', (error) => source.destroy(error))
    .pipe(source)
  try {
    for await (const line of createInterface({ input: source, crlfDelay: Number.POSITIVE_INFINITY })) {
      const value = JSON.parse(line) as Record<string, unknown>
      if (place === 'header') {
        checkHeader(value)
        place = 'records'
      } else if (place === 'behind') {
        throw damaged()
      } else if (value.end === true) {
        if (value.records !== count || value.digest !== hash.digest('hex')) throw damaged()
        place = 'behind'
      } else {
        hash.update(`${line}\n`)
        count += 1
        yield value as TransferRecord
      }
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw badRequest('file', `There is no file ${file}.`)
    if (error instanceof SyntaxError || (error instanceof Error && 'errno' in error)) throw damaged()
    throw error
  } finally {
    source.destroy()
  }
  if (place !== 'behind') throw damaged()
}

/** Reads an archive to its end. Throws as `readArchive` does. */
export async function checkArchive(file: string): Promise<number> {
  let records = 0
  for await (const _ of readArchive(file)) records += 1
  return records
}

function checkHeader(header: Record<string, unknown>): void {
  if (header.format !== FORMAT) throw badRequest('file', 'This file is not a backup of Longwatch.')
  if (typeof header.version !== 'number' || header.version > FORMAT_VERSION)
    throw badRequest('file', 'This backup was made by a newer version of Longwatch.')
}

const damaged = () => badRequest('file', 'This backup is damaged or cut off. Nothing was restored.')
