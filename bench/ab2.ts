import { startLongwatch } from '@/bench/longwatch'
import { startPeer } from '@/bench/peer'
import { startModel } from '@/bench/start-model'
import { openStream, call } from '@/bench/http'
import { questionOf } from '@/bench/tokens'
const model = await startModel()
const Q = questionOf({ tokens: 4, rate: 200 })
const med = (v: number[], q = 0.5) => v.sort((a, b) => a - b)[Math.floor(v.length * q)]!
const start = (m: string) => { process.env.LW_DIRECT = m; return startLongwatch(model, { store: 'redis' }) }
const sides: Record<string, any> = {}
for (const m of ['now']) sides[m] = await start(m)
sides.peer = await startPeer(model, 'best')
const once = async (s: any, two = false) => {
  const began = performance.now(); let first = 0
  const { stream } = await (two && s.askThenWatch ? s.askThenWatch : s.askAndWatch)(Q, (l: string) => { if (!first && l.includes('~')) first = performance.now() - began })
  await stream.ended
  return first
}
const bare = async () => {
  const began = performance.now(); let first = 0
  const stream = await openStream(model.endpoint, '/v1/chat/completions', (l) => { if (!first && l.includes('~')) first = performance.now() - began }, { method: 'POST', body: { model: 'bench', stream: true, messages: [{ role: 'user', content: Q }] } })
  await stream.ended
  return first
}
const pause = () => new Promise(r => setTimeout(r, 10))
for (let i = 0; i < 50; i++) for (const s of Object.values(sides)) { await once(s); await pause() }
const v: Record<string, number[]> = {}
const add = (k: string, x: number) => (v[k] ??= []).push(x)
for (let i = 0; i < Number(process.argv[2] ?? 200); i++) {
  add('bare', await bare()); await pause()
  for (const [k, s] of Object.entries(sides)) {
    add(k, await once(s)); await pause()
    if (k !== 'peer') { const b = performance.now(); await call(s.endpoint, '/api/me'); add(k + ' me', performance.now() - b); await pause() }
    else { const b = performance.now(); await call(s.endpoint, '/api/chat/none'); add(k + ' me', performance.now() - b); await pause() }
  }
}
for (const [k, x] of Object.entries(v)) console.log(k.padEnd(10), med(x).toFixed(2), 'p95', med(x, 0.95).toFixed(2), x.length)
for (const s of Object.values(sides)) await s.stop()
await model.stop(); process.exit(0)
