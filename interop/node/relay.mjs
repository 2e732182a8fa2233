// The half of the link that a released Node.js gateway has, on the npm package ws with its own defaults but one: like
// Python's websockets it closes a message over 1 MiB with code 1009. So it sends no pings. It acknowledges an inbound
// event once its handler is done, and never a passthrough. It dials again after every end but a revocation: at once, with
// a fresh token, after the first 4401, else after a pause.
import { createHmac } from 'node:crypto'
import WebSocket from 'ws'
import { frames } from './lines.mjs'

const tokenLife = 300 // seconds

// token signs "<id>:<expiry>" and packs it with the signature, base64url.
function token(id, secret, life) {
  const claim = `${id}:${Math.floor(Date.now() / 1000) + life}`
  const signature = createHmac('sha256', secret).update(claim).digest('hex')
  return Buffer.from(`${claim}:${signature}`).toString('base64url')
}

// Relay keeps one link at a time. The callbacks are called in the order of the frames.
export class Relay {
  constructor({ url, gatewayId, identities, pause = 1, life = tokenLife, maxSize = 1 << 20 }, secret) {
    Object.assign(this, { url, gatewayId, identities, pause, life, maxSize, secret, refused: 0 })
    for (const on of ['onOpen', 'onFrame', 'onInbound', 'onClosed', 'onDisabled']) this[on] = () => {}
  }

  // send reports whether there was a connection to write to.
  send(frame) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false
    this.socket.send(JSON.stringify(frame) + '\n')
    return true
  }

  dial() {
    const headers = { Authorization: `Bearer ${token(this.gatewayId, this.secret, this.life)}` }
    this.life = tokenLife
    const socket = new WebSocket(this.url, { headers, maxPayload: this.maxSize })
    this.socket = socket
    socket.on('open', () => {
      this.onOpen()
      for (const identity of this.identities) this.send({ type: 'hello', ...identity })
    })
    socket.on('message', (data) => frames(data).forEach((frame) => this.take(frame)))
    socket.on('error', () => {}) // the close event follows
    socket.on('close', (code, reason) => this.closed(code, reason.toString()))
  }

  closed(code, reason) {
    this.onClosed(code, reason)
    this.refused = code === 4401 ? this.refused + 1 : 0
    if (this.refused > 1) return this.onDisabled()
    setTimeout(() => this.dial(), this.refused ? 0 : this.pause * 1000)
  }

  take(frame) {
    this.onFrame(frame)
    if (frame.type !== 'inbound') return
    this.onInbound(frame)
    if (frame.bufferId) this.send({ type: 'inbound_ack', bufferId: frame.bufferId })
  }
}
