import { execFile } from 'node:child_process'

/** For tests: runs `npm run NAME` of the maintenance, with nothing of this process's own configuration. */
export function maintain(
  name: 'backup' | 'restore' | 'rotate-key',
  args: string[],
  env: Record<string, string>,
): Promise<{ code: number; text: string }> {
  const { DATA_DIR: _data, REDIS_URL: _redis, LONGWATCH_SECRET_KEY: _key, ...rest } = process.env
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['scripts/maintenance.mjs', name, ...args],
      { env: { ...rest, ...env } },
      (error, out, err) => resolve({ code: error ? Number(error.code) : 0, text: out + err }),
    )
  })
}
