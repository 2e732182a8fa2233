// A gateway that answers every message, as gateways on the npm package ws are made. It knows nothing of Hermod.
import { createHmac, randomBytes } from 'node:crypto'
import WebSocket from 'ws'

const { GATEWAY_RELAY_URL, GATEWAY_RELAY_ID, GATEWAY_RELAY_SECRET, GATEWAY_RELAY_PLATFORMS } = process.env
const bots = JSON.parse(process.env.GATEWAY_RELAY_BOT_IDS ?? '{}')
const url = GATEWAY_RELAY_URL.replace(/^http/, 'ws').replace(/\/+$/, '').replace(/(\/relay)?$/, '/relay')

function token() {
  const claim = `${GATEWAY_RELAY_ID}:${Math.floor(Date.now() / 1000) + 300}`
  const signature = createHmac('sha256', GATEWAY_RELAY_SECRET).update(claim).digest('hex')
  return Buffer.from(`${claim}:${signature}`).toString('base64url')
}

function dial() {
  const socket = new WebSocket(url, { headers: { Authorization: `Bearer ${token()}` } })
  const send = (frame) => socket.send(JSON.stringify(frame) + '\n')
  socket.on('open', () => {
    for (const platform of GATEWAY_RELAY_PLATFORMS.split(',')) {
      send({ type: 'hello', platform, botId: bots[platform]?.botId ?? '' })
    }
  })
  socket.on('message', (data) => {
    for (const line of data.toString().split('\n').filter((text) => text.trim())) {
      const { type, event, bufferId } = JSON.parse(line)
      if (type !== 'inbound') continue
      const answer = { op: 'send', chat_id: event.source.chat_id, content: 'You said: ' + event.text }
      send({ type: 'outbound', requestId: randomBytes(16).toString('hex'), action: answer })
      if (bufferId) send({ type: 'inbound_ack', bufferId })
    }
  })
  socket.on('error', (error) => console.log('gateway:', error.message))
  socket.on('close', () => setTimeout(dial, 1000))
}

dial()
