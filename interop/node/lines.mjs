// The test drives a peer over its standard streams, one JSON object a line.
import { createInterface } from 'node:readline'

export const report = (event, fields = {}) =>
  process.stdout.write(JSON.stringify({ event, ...fields }) + '\n')

// onCommand runs act for each command; the end of input ends the program.
export function onCommand(act) {
  const input = createInterface({ input: process.stdin })
  input.on('line', (line) => act(JSON.parse(line)))
  input.on('close', () => process.exit(0))
}

// frames yields the JSON frames of a WebSocket message, one a line.
export const frames = (data) =>
  data.toString().split('\n').filter((line) => line.trim()).map((line) => JSON.parse(line))

// pieces cuts text into buffers at the given byte offsets, which may lie
// inside a character.
export function pieces(text, cuts = []) {
  const bytes = Buffer.from(text)
  return [0, ...cuts].map((from, i) => bytes.subarray(from, cuts[i] ?? bytes.length))
}
