// A small connector on the npm package ws. It answers every hello with a
// descriptor, every outbound with a success and going_idle with its ack, and
// reports what it sees. Commands on standard input:
//
//   {"do":"message","text":…,"cuts":[…],"binary":bool}  one message, a fragment per piece
//   {"do":"messages","text":…,"cuts":[…]}               a binary message per piece
//   {"do":"ping"}  {"do":"close","code":…,"reason":…}  {"do":"terminate"}
import { WebSocketServer } from 'ws'
import { frames, onCommand, pieces, report } from './lines.mjs'

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/relay' })
let socket // the last that connected
let sent = 0

server.on('listening', () =>
  report('listening', { url: `ws://127.0.0.1:${server.address().port}/relay` }))

server.on('connection', (ws, request) => {
  socket = ws
  report('connected', { authorization: request.headers.authorization ?? '' })
  ws.on('message', (data) => {
    for (const frame of frames(data)) {
      report('frame', { frame })
      const answer = answerTo(frame)
      if (answer) ws.send(JSON.stringify(answer) + '\n')
    }
  })
  ws.on('pong', () => report('pong'))
  ws.on('close', (code, reason) => report('closed', { code, reason: reason.toString() }))
  ws.on('error', (error) => report('error', { message: error.message }))
})

function answerTo(frame) {
  switch (frame.type) {
    case 'hello':
      return { type: 'descriptor', descriptor: descriptor(frame.platform) }
    case 'outbound':
      return {
        type: 'outbound_result',
        requestId: frame.requestId,
        result: { success: true, message_id: `node-${++sent}` },
      }
    case 'going_idle':
      return { type: 'going_idle_ack' }
  }
}

function descriptor(platform) {
  return {
    contract_version: 1,
    platform,
    label: 'Node',
    max_message_length: 2000,
    supports_draft_streaming: false,
    supports_edit: true,
    supports_threads: true,
    markdown_dialect: 'plain',
    len_unit: 'utf16',
  }
}

onCommand(({ do: what, text, cuts, binary = false, code, reason }) => {
  switch (what) {
    case 'message':
      return pieces(text, cuts).forEach((piece, i, all) =>
        socket.send(piece, { binary, fin: i === all.length - 1 }))
    case 'messages':
      return pieces(text, cuts).forEach((piece) => socket.send(piece))
    case 'ping':
      return socket.ping('from node')
    case 'close':
      return socket.close(code, reason)
    case 'terminate':
      return socket.terminate()
  }
})
