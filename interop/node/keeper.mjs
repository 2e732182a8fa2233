// A released gateway (see relay.mjs) that keeps an account of all that it does, for rounds in which everything is killed.
// Its one argument is a JSON object {url, gatewayId, identities, pause, account, sends, inFlight}; the secret comes in
// HERMOD_SECRET. Each line of its account is written with one system call before it goes on, so a kill -9 of the gateway
// loses none:
//
//   start                  the gateway begins a life
//   event CHAT NUMBER      an event was handled; its acknowledgement follows
//   begin NUMBER           a send begins
//   end NUMBER RESULT WHY  ok, failed or ambiguous, as the gateway was told or saw
//   again NUMBER           a result came for a send that has one
//
// A send that an earlier run began is left as it was; new ones follow until there are enough.
import { randomBytes } from 'node:crypto'
import { openSync, readFileSync, writeSync } from 'node:fs'
import { setTimeout as rest } from 'node:timers/promises'
import { Relay } from './relay.mjs'

const pauseAfterFailure = 200 // ms that a worker waits after a failure
const timeout = 30_000

const config = JSON.parse(process.argv[2])
const account = openSync(config.account, 'a+')
const write = (...words) => writeSync(account, words.join(' ') + '\n')
let next = readFileSync(config.account, 'utf8').split('\n').filter((line) => line.startsWith('begin ')).length
write('start')

const pending = new Map() // request id → what resolves it
const done = new Map() // request id → number
let greeted = false

const relay = new Relay(config, process.env.HERMOD_SECRET)

relay.onInbound = ({ event }) => write('event', event.source.chat_id, event.text)

relay.onFrame = ({ type, requestId, result }) => {
  if (type === 'descriptor' && !greeted) {
    greeted = true
    resume()
  }
  if (type !== 'outbound_result') return
  const resolve = pending.get(requestId)
  if (resolve) resolve(result)
  else if (done.has(requestId)) write('again', done.get(requestId))
}

relay.onClosed = () => {
  greeted = false
  for (const resolve of pending.values()) resolve({ success: false, ambiguous: true, error: 'the connection ended' })
}

let resume
const firstGreeting = new Promise((resolve) => { resume = resolve })

function perform(number) {
  const requestId = randomBytes(16).toString('hex')
  return new Promise((resolve) => {
    const action = { op: 'send', chat_id: `c${number % 8}`, content: String(number), reply_to: null, metadata: null }
    if (!greeted || !relay.send({ type: 'outbound', requestId, action })) return resolve({ success: false })
    const timer = setTimeout(() => settle({ success: false, ambiguous: true }), timeout)
    const settle = (result) => {
      clearTimeout(timer)
      pending.delete(requestId)
      done.set(requestId, number)
      resolve(result)
    }
    pending.set(requestId, settle)
  })
}

async function work() {
  await firstGreeting
  while (next < config.sends) {
    const number = next++
    write('begin', number)
    const result = await perform(number)
    const word = result.success ? 'ok' : result.ambiguous ? 'ambiguous' : 'failed'
    write('end', number, word, result.error ?? '')
    if (word !== 'ok') await rest(pauseAfterFailure * (0.5 + Math.random()))
  }
}

relay.dial()
for (let i = 0; i < config.inFlight; i++) work()
