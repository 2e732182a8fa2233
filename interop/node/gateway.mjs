// A small gateway on the npm package ws: it dials a connector with an upgrade
// token, says hello, acknowledges what it is delivered and reports what it
// sees. Its one argument is a JSON object {url, gatewayId, platform, botId,
// ttl, ack}; the secret comes in HERMOD_SECRET. Commands on standard input:
//
//   {"do":"frame","frame":{…}}  {"do":"close"}  {"do":"terminate"}
import { createHmac } from 'node:crypto'
import WebSocket from 'ws'
import { frames, onCommand, report } from './lines.mjs'

const { url, gatewayId, platform, botId = '', ttl = 300, ack = true } = JSON.parse(process.argv[2])

// token signs "<id>:<expiry>" and packs it with the signature, base64url.
function token(id, secret) {
  const claim = `${id}:${Math.floor(Date.now() / 1000) + ttl}`
  const signature = createHmac('sha256', secret).update(claim).digest('hex')
  return Buffer.from(`${claim}:${signature}`).toString('base64url')
}

const secret = process.env.HERMOD_SECRET
const headers = secret ? { Authorization: `Bearer ${token(gatewayId, secret)}` } : {}
const socket = new WebSocket(url, { headers })
const send = (frame) => socket.send(JSON.stringify(frame) + '\n')

socket.on('open', () => {
  report('open')
  send({ type: 'hello', platform, botId })
})
socket.on('message', (data) => {
  for (const frame of frames(data)) {
    report('frame', { frame })
    if (frame.bufferId && ack) send({ type: 'inbound_ack', bufferId: frame.bufferId })
  }
})
socket.on('close', (code, reason) => report('closed', { code, reason: reason.toString() }))
socket.on('error', (error) => report('error', { message: error.message }))

onCommand(({ do: what, frame }) => {
  switch (what) {
    case 'frame':
      return send(frame)
    case 'close':
      return socket.close(1000)
    case 'terminate':
      return socket.terminate()
  }
})
