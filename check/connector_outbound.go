package check

import (
	"time"

	"hermod/wire"
)

const actionsSection = "Actions and results"

var outboundRules = []connectorRule{
	{Check{Name: "outbound.answered", Section: actionsSection,
		Rule: "an outbound is answered with a result of its own requestId, an object with success"}, checkAnswered},
	{Check{Name: "outbound.once", Section: actionsSection,
		Rule: "an outbound is answered once"}, checkOnce},
	{Check{Name: "outbound.many", Section: actionsSection,
		Rule: "fifty outbounds that are sent at once are all answered"}, checkMany},
	{Check{Name: "outbound.unknown-op", Section: actionsSection,
		Rule: "an unknown op is answered"}, checkUnknownOp},
	{Check{Name: "outbound.definite", Section: actionsSection,
		Rule: "a failure that certainly had no effect is not ambiguous"}, checkDefinite},
	{Check{Name: "outbound.foreign-platform", Section: sessionsSection,
		Rule: "an outbound for a platform that was in no hello is refused"}, checkForeignPlatform},
	{Check{Name: "outbound.send", Section: actionsSection,
		Rule: "a send to a chat succeeds with a message_id"}, checkSend},
	{Check{Name: "outbound.foreign-bot", Section: sessionsSection,
		Rule: "an outbound for a bot that was in no hello is refused"}, checkForeignBot},
	{Check{Name: "outbound.edit", Section: actionsSection,
		Rule: "a message that was sent can be edited, if the descriptor has supports_edit"}, checkEdit},
	{Check{Name: "outbound.draft", Section: actionsSection,
		Rule: "the final draft of a stream, and its repetition, have one message_id, if draft is advertised"}, checkDraft},
	{Check{Name: "outbound.thread", Section: actionsSection, Destructive: true,
		Rule: "a thread that is created is named by thread_id or message_id, if thread_create is advertised"}, checkThread},
	{Check{Name: "outbound.chat-info", Section: actionsSection,
		Rule: "a chat's info, if there is one, is an object"}, checkChatInfo},
	{Check{Name: "interrupt.silent", Section: "From gateway to connector",
		Rule: "an interrupt is not answered, and its reason may be null"}, checkInterruptSilent},
}

// chat is a chat to ask about: the one of the target, or one that nobody has.
func (g *player) chat() string {
	if g.Chat != "" {
		return g.Chat
	}
	return marker
}

func checkAnswered(g *player) {
	l := g.greet()
	id := wire.NewRequestID()
	l.send(wire.AppendOutbound(nil, id, wire.NewGetChatInfo(g.chat()), "", ""))
	f, ok := g.resultOf(l, id)
	g.require(ok, "an outbound_result with the requestId "+id, "none came; %v", l.ended)
	result, ok := f.object("result")
	g.require(ok, "the result is an object", "it is %s", shown(f.members["result"]))
	_, ok = result.flag("success")
	g.require(ok, "success is true or false", "it is %s", shown(result.members["success"]))
}

func checkOnce(g *player) {
	l := g.greet()
	id := wire.NewRequestID()
	l.send(wire.AppendOutbound(nil, id, wire.NewGetChatInfo(g.chat()), "", ""))
	if _, ok := g.resultOf(l, id); !ok {
		g.notApplicable("it was not answered at all; see outbound.answered")
	}
	g.alive(l)
	again := l.count(func(f frame) bool { return f.kind == "outbound_result" && f.is("requestId", id) })
	g.require(again == 0, "one result", "%d more came", again)
}

func checkMany(g *player) {
	const many = 50
	l := g.greet()
	asked := make(map[string]bool)
	for range many {
		id, line := request("")
		asked[id] = true
		l.send(line)
	}
	for range many {
		f, ok := g.await(l, answerTime, func(f frame) bool { id, _ := f.text("requestId"); return asked[id] })
		g.require(ok, "fifty results", "%d of them are missing; %v", len(asked), l.ended)
		id, _ := f.text("requestId")
		delete(asked, id)
	}
}

func checkUnknownOp(g *player) {
	l := g.greet()
	g.requireResult(l, g.fence(l), "the op "+fenceOp)
}

// definite is broken if the result is a failure that calls itself ambiguous.
func (g *player) definite(f frame, what string) {
	result, _ := f.object("result")
	ambiguous, _ := result.flag("ambiguous")
	success, _ := result.flag("success")
	g.require(success || !ambiguous, "no ambiguous, since nothing can have been done", "%s failed with ambiguous true", what)
}

func checkDefinite(g *player) {
	l := g.greet()
	f, ok := g.resultOf(l, g.fence(l))
	if !ok {
		g.notApplicable("the op %s was not answered; see outbound.unknown-op", fenceOp)
	}
	g.definite(f, "the unknown op")
}

func checkForeignPlatform(g *player) {
	const foreign = "hermod-check-platform"
	l := g.greet()
	id := wire.NewRequestID()
	l.send(wire.AppendOutbound(nil, id, wire.NewGetChatInfo(marker), foreign, ""))
	f, ok := g.resultOf(l, id)
	g.require(ok, "a result with success false", "none came; %v", l.ended)
	result, _ := f.object("result")
	success, _ := result.flag("success")
	g.require(!success, "success is false", "the platform %s, which was in no hello, succeeded", foreign)
}

func checkForeignBot(g *player) {
	l := g.greet()
	id := wire.NewRequestID()
	l.send(wire.AppendOutbound(nil, id, wire.NewGetChatInfo(marker), g.Identities[0].Platform, marker+"-bot"))
	f, ok := g.resultOf(l, id)
	g.require(ok, "a result with success false", "none came; %v", l.ended)
	result, _ := f.object("result")
	success, _ := result.flag("success")
	g.require(!success, "success is false", "the bot %s-bot, which was in no hello, succeeded", marker)
}

func (g *player) needChat() {
	if g.Chat == "" {
		g.notApplicable("it sends a message, and needs a chat to send it to")
	}
}

// done is the result of an action that has to succeed.
func (g *player) done(l *link, a wire.Action) frame {
	f, ok := g.ask(l, a)
	if !ok {
		g.notApplicable("the %s was not answered; see outbound.answered", a.Op())
	}
	result, _ := f.object("result")
	success, _ := result.flag("success")
	g.require(success, "success is true", "the %s failed: %s", a.Op(), shown(f.members["result"]))
	return result
}

func checkEdit(g *player) {
	g.needChat()
	l, d := g.descriptor()
	if can, _ := d.flag("supports_edit"); !can {
		g.notApplicable("the descriptor has no supports_edit")
	}
	f, ok := g.ask(l, wire.NewSend(g.Chat, "A message of hermod check."))
	result, _ := f.object("result")
	id, _ := result.text("message_id")
	if !ok || id == "" {
		g.notApplicable("there is no message to edit; see outbound.send")
	}
	g.done(l, wire.NewEdit(g.Chat, id, "A message of hermod check, edited."))
}

func checkDraft(g *player) {
	g.needChat()
	l, d := g.descriptor()
	if !advertises(d, "draft") {
		g.notApplicable("the descriptor does not advertise draft")
	}
	stream := time.Now().Unix()
	g.done(l, wire.NewDraft(g.Chat, stream, "A draft", false))
	seal := wire.NewDraft(g.Chat, stream, "A draft of hermod check.", true)
	first, _ := g.done(l, seal).text("message_id")
	g.require(first != "", "a message_id of the final draft", "there is none")
	again, _ := g.done(l, seal).text("message_id")
	g.require(again == first, "the message_id "+first+" again", "it is %q", again)
}

func checkThread(g *player) {
	g.needChat()
	l, d := g.descriptor()
	if !advertises(d, "thread_create") {
		g.notApplicable("the descriptor does not advertise thread_create")
	}
	result := g.done(l, wire.NewThreadCreate(g.Chat, "hermod check"))
	thread, _ := result.text("thread_id")
	message, _ := result.text("message_id")
	g.require(thread != "" || message != "", "a thread_id or a message_id", "there is none")
}

func checkSend(g *player) {
	g.needChat()
	result := g.done(g.greet(), wire.NewSend(g.Chat, "A message of hermod check."))
	id, _ := result.text("message_id")
	g.require(id != "", "a message_id", "it is %s", shown(result.members["message_id"]))
}

func checkChatInfo(g *player) {
	l := g.greet()
	f, ok := g.ask(l, wire.NewGetChatInfo(g.chat()))
	if !ok {
		g.notApplicable("it was not answered; see outbound.answered")
	}
	result, _ := f.object("result")
	if !result.has("chat_info") || string(result.members["chat_info"]) == "null" {
		g.notApplicable("the result has no chat_info")
	}
	_, ok = result.object("chat_info")
	g.require(ok, "chat_info is an object", "it is %s", shown(result.members["chat_info"]))
}

func checkInterruptSilent(g *player) {
	l := g.greet()
	reason := "a check"
	l.send(wire.AppendInterrupt(nil, "agent:main:relay:dm:"+marker, nil))
	l.send(wire.AppendInterrupt(nil, "agent:main:relay:dm:"+marker, &reason))
	g.requireAlive(l, "two interrupts")
	for _, f := range l.seen {
		g.require(f.kind == "outbound_result" || f.kind == "descriptor" || f.kind == "inbound" || f.kind == "passthrough_forward",
			"no answer", "a %s came", f.kind)
	}
}
