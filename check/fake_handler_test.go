package check

import (
	"bytes"
	"encoding/base64"
	"strings"
	"time"

	"github.com/gobwas/ws"

	"hermod/wire"
)

// deliver handles an event on a goroutine of its own.
func (l *fakeLink) deliver(f frame) {
	id := f.bufferID()
	event, ok := f.object("event")
	raw := f.members["bufferId"]
	l.count++
	numeric := len(raw) > 0 && raw[0] != '"' && string(raw) != "null"
	message := string(event.members["message_id"])
	seen := l.gateway.known[message]
	l.gateway.known[message] = message != "" || f.kind == "inbound" && ok && l.fault == "takes events without an id for copies"
	forward, _ := f.object("forward")
	body, _ := forward.text("bodyB64")
	if _, err := base64.StdEncoding.DecodeString(body); err != nil && l.fault == "does not acknowledge a forward that is no base64" {
		return
	}
	if strings.HasPrefix(string(event.members["context"]), "[7") && l.fault == "stops at a context that is not usable" {
		l.dead = true
		return
	}
	dropped := f.kind == "inbound" && !ok && l.fault == "does not give up undecodable events" ||
		f.kind == "passthrough_forward" && l.fault == "never acknowledges a passthrough" ||
		numeric && l.fault == "does not acknowledge numbers" ||
		seen && l.fault == "drops copies" && strings.HasSuffix(id, "-copy") ||
		seen && l.fault == "drops what comes again" && !strings.HasSuffix(id, "-copy") ||
		l.count > 150 && l.count < 170 && l.fault == "loses some of many"
	if dropped || l.fault == "never acknowledges" {
		return
	}
	source, _ := event.object("source")
	chat, _ := source.text("chat_id")
	if chat == "" || seen && (l.fault != "answers copies" || !strings.HasSuffix(id, "-copy")) {
		l.ack(id)
		return
	}
	if l.fault == "acknowledges before it handles" {
		l.ack(id)
		id = ""
	}
	before, done := l.lanes[chat], make(chan struct{})
	l.lanes[chat] = done
	number := l.count
	l.gateway.work.Go(func() {
		defer close(done)
		if l.fault == "acknowledges a chat out of order" && strings.HasSuffix(chat, "-order") {
			l.gateway.sleep(time.Duration(10-number%5) * time.Millisecond)
		} else if before != nil {
			<-before
		}
		for l.mustWait() && l.gateway.sleep(time.Second) {
		}
		l.gateway.download(event)
		l.answer(id, chat, event)
	})
}

// mustWait says that a request in flight holds up what comes behind it.
func (l *fakeLink) mustWait() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fault == "serves one chat at a time" && len(l.waiting) > 0 || time.Now().UnixNano() < l.gateway.blocked.Load()
}

func (l *fakeLink) ack(id string) {
	if id == "" {
		if l.fault == "acknowledges live events" {
			l.say(wire.AppendInboundAck(nil, ""))
		}
		return
	}
	if l.fault == "sends two lines in a message" {
		l.write(ws.OpText, append(wire.AppendInboundAck(nil, id), []byte("{\"type\":\"x\"}\n")...))
		return
	}
	l.say(wire.AppendInboundAck(nil, id))
	if l.fault == "acknowledges twice" {
		l.say(wire.AppendInboundAck(nil, id))
	}
}

// answer sends, waits for the result, and acknowledges.
func (l *fakeLink) answer(id, chat string, event frame) {
	request := wire.NewRequestID()
	if l.fault == "has request ids in upper case" {
		request = strings.ToUpper(request)
	}
	done := make(chan struct{})
	l.mu.Lock()
	l.waiting[request] = done
	l.mu.Unlock()
	bot := "b1"
	if l.fault == "names a bot of no hello" {
		bot = "b9"
	}
	action := wire.NewSend(chat, "you said so")
	source, _ := event.object("source")
	if profile, _ := source.text("profile"); profile == "coder" || profile != "" && l.fault == "sends the profile default" {
		action = action.With("metadata", map[string]string{"profile": profile})
	}
	line := wire.AppendOutbound(nil, request, action, "telegram", bot)
	switch l.fault {
	case "sends a content of null":
		line = bytes.Replace(line, []byte(`"you said so"`), []byte("null"), 1)
	case "sends actions without an op":
		line = bytes.Replace(line, []byte(`"op"`), []byte(`"kind"`), 1)
	case "sends a platform of null":
		line = append(bytes.TrimSuffix(line, []byte("}\n")), []byte(`,"platform":null}`+"\n")...)
	}
	l.say(line)
	select {
	case <-done:
	case <-l.ended:
		if l.fault == "waits for requests of a lost connection" {
			l.gateway.blocked.Store(time.Now().Add(40 * time.Second).UnixNano())
		}
		return
	case <-l.gateway.ctx.Done():
		return
	}
	if l.fault == "is deaf while a handler waits" && !l.gateway.sleep(30*time.Second) {
		return
	}
	l.ack(id)
}
