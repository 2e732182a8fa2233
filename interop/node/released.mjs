// A gateway that behaves as released ones do; relay.mjs says how. Its one argument is a JSON object {url, gatewayId,
// identities, pause, life, maxSize}; the secret comes in HERMOD_SECRET. life is that of its first token in seconds, and
// maxSize what it takes in one message, 1 MiB when absent. It reports what it sees. Commands on standard input:
//
//   {"do":"frame","frame":{…}}  {"do":"drop"}, which loses the connection without a word
import { onCommand, report } from './lines.mjs'
import { Relay } from './relay.mjs'

const relay = new Relay(JSON.parse(process.argv[2]), process.env.HERMOD_SECRET)
relay.onOpen = () => report('open')
relay.onFrame = (frame) => report('frame', { frame })
relay.onClosed = (code, reason) => report('closed', { code, reason })
relay.onDisabled = () => report('disabled')
relay.dial()

onCommand(({ do: what, frame }) => {
  if (what === 'frame') relay.send(frame)
  else if (what === 'drop') relay.socket.terminate()
})
