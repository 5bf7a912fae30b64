// `node --import loopback-only.mjs program`: what listens on a port of all addresses, listens on this machine only.
import { Server } from 'node:net'

const { listen, address } = Server.prototype

Server.prototype.listen = function listenOnLoopback(port, ...rest) {
  const isPort = typeof port === 'number' || (typeof port === 'string' && /^\d+$/.test(port))
  if (!isPort || typeof rest[0] === 'string') return listen.call(this, port, ...rest)
  // Without a host a server knows its port at once, and programs rely on that; with one it takes a moment.
  const chosen = Number(port) || 20_000 + Math.floor(Math.random() * 12_000)
  this.address = () => address.call(this) ?? { address: '127.0.0.1', family: 'IPv4', port: chosen }
  return listen.call(this, chosen, '127.0.0.1', ...rest)
}
