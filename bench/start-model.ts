import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { adopt, endProcess } from './processes.ts'
import type { Model } from './subject.ts'

/** Starts the bench model in a process of its own. */
export async function startModel(): Promise<Model> {
  const child = adopt(fork(fileURLToPath(new URL('./model-server.ts', import.meta.url)), { execArgv: [] }))
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message) => resolve((message as { port: number }).port))
    child.once('exit', (code) => reject(new Error(`The bench model ended (exit code ${code}).`)))
  })
  const wish = (what: 'begin' | 'finish') => {
    const answered = new Promise<number>((resolve) => {
      child.once('message', (message) => resolve((message as { left: number }).left))
    })
    child.send(what)
    return answered
  }
  return {
    endpoint: { port, headers: {} },
    pid: child.pid as number,
    begin: () => wish('begin'),
    finishAnswers: () => wish('finish'),
    stop: () => endProcess(child),
  }
}
