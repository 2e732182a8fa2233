package check

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"hermod/wire/wiretest"
)

// planted is a fault and the check that is meant for it.
type planted struct{ fault, check string }

var connectorFaults = []planted{
	{"does not upgrade", "dial.upgrade"},
	{"refuses a valid token", "auth.token"},
	{"does not verify signatures", "auth.signature"},
	{"lets in an expired token", "auth.expired"},
	{"lets in without a token", "auth.missing"},
	{"fails at what is no token", "auth.malformed"},
	{"lets in any id of the secret", "auth.other-id"},
	{"lets tokens with the expiry 0 expire", "auth.eternal"},
	{"calls a forged token expired", "auth.reason"},
	{"knows the newest secret only", "auth.rotation"},
	{"refuses headers that it does not know", "abilities.let-in"},
	{"takes a shown size for no bound", "abilities.size"},
	{"counts every passthrough as delivered", "abilities.acks"},
	{"answers a hello with a string", "hello.descriptor"},
	{"leaves out a key of the descriptor", "hello.required"},
	{"has supported_ops that is a string", "hello.optional"},
	{"answers the first hello only", "hello.identities"},
	{"sends no newlines", "lines.shape"},
	{"sends binary messages", "lines.shape"},
	{"reads one line of a message", "lines.several"},
	{"does not join messages", "lines.split"},
	{"drops binary messages", "lines.binary"},
	{"stops at a blank line", "lines.blank"},
	{"drops lines that end with CRLF", "lines.crlf"},
	{"stops at a long line", "lines.long"},
	{"keeps an unfinished line", "lines.unfinished"},
	{"stops at a line that is no JSON", "lines.bad-json"},
	{"stops at a line that is no object", "lines.not-object"},
	{"stops at a type that is no string", "lines.bad-type"},
	{"stops at a line that is not UTF-8", "lines.bad-utf8"},
	{"stops at an unknown frame", "lines.unknown"},
	{"stops at a frame of the wrong direction", "lines.direction"},
	{"masks the wrong way", "websocket.mask"},
	{"takes a frame with a wrong mask", "websocket.unmasked-client"},
	{"takes reserved bits", "websocket.reserved"},
	{"drops continuations", "websocket.fragments"},
	{"answers every close with 1000", "websocket.close"},
	{"ignores a bad close frame", "websocket.bad-close"},
	{"pongs without payload", "keepalive.pong"},
	{"never pings", "keepalive.ping"},
	{"answers with a string", "outbound.answered"},
	{"answers twice", "outbound.once"},
	{"answers thirty requests only", "outbound.many"},
	{"does not answer unknown ops", "outbound.unknown-op"},
	{"calls every failure ambiguous", "outbound.definite"},
	{"serves platforms of no hello", "outbound.foreign-platform"},
	{"sends without a message_id", "outbound.send"},
	{"serves bots of no hello", "outbound.foreign-bot"},
	{"edits nothing", "outbound.edit"},
	{"seals a draft with a new message", "outbound.draft"},
	{"does not name its threads", "outbound.thread"},
	{"has a chat_info that is a string", "outbound.chat-info"},
	{"answers interrupts", "interrupt.silent"},
	{"does not answer going_idle", "idle.ack"},
	{"keeps the place of a closed session", "session.reconnect"},
	{"keeps the place of a dropped session", "session.dropped"},
	{"has two sessions", "session.second"},
	{"keeps the place of a silent session", "session.silent"},
	{"leaves out the source", "delivery.inbound"},
	{"delivers everything twice", "delivery.order"},
	{"delivers to an idle gateway", "delivery.idle"},
	{"forgets what it has sent", "delivery.replay"},
	{"replays in reverse", "delivery.replay-order"},
	{"keeps what was acknowledged", "delivery.acknowledged"},
	{"takes any acknowledgement", "delivery.foreign-ack"},
	{"waits for the acknowledgement of a passthrough", "delivery.passthrough"},
	{"sends messages over 1 MiB", "delivery.size"},
	{"sends again what was too big", "delivery.refused"},
	{"buffers interrupts", "delivery.interrupt"},
	{"takes a policy of anybody", "plane.bearer"},
	{"cuts files", "media.round-trip"},
	{"gives files to anybody", "media.bearer"},
	{"has a file for every id", "media.unknown"},
	{"takes files of any size", "media.too-large"},
	{"takes no policy", "plane.policy"},
	{"issues a blank secret", "plane.provision"},
	{"fails at a body that is no object", "plane.malformed"},
	{"tells no sizes", "media.size"},
	{"takes files of anybody", "media.uploader"},
	{"provisions anybody", "provision.bearer"},
	{"provisions other ids", "provision.other-id"},
	{"withholds a secret that it tells", "provision.withheld"},
	{"leaves out the route keys", "provision.routes"},
	{"enrols for anybody", "enroll.identity"},
	{"fails at an unknown enrolment token", "enroll.token"},
	{"enrols without a delivery key", "enroll.credentials"},
	{"forgets whom it enrolled", "enroll.dial"},
	{"takes an enrolment token twice", "enroll.once"},
	{"keeps the session of a revoked gateway", "revoke.session"},
	{"lets in a revoked gateway", "revoke.dial"},
	{"serves the HTTP plane to a revoked gateway", "revoke.plane"},
	{"never wakes", "wake.call"},
	{"wakes with a POST that nobody signed", "wake.plain"},
	{"wakes for every delivery", "wake.once"},
	{"wakes once", "wake.repeat"},
	{"drops its sessions at its end", "close.shutdown"},
}

var gatewayFaults = []planted{
	{"never dials", "dial.arrives"},
	{"dials twice", "dial.one"},
	{"dials the root", "dial.path"},
	{"signs with another secret", "auth.token"},
	{"mints tokens for an hour", "auth.expiry"},
	{"signs in upper case", "auth.form"},
	{"speaks before its hello", "hello.first"},
	{"says hello with a botId of null", "hello.fields"},
	{"has commands without a description", "hello.manifest"},
	{"stops at a later descriptor that is none", "hello.later"},
	{"shows more than it takes", "abilities.size"},
	{"shows acks of an unknown type", "abilities.acks"},
	{"sends two lines in a message", "lines.shape"},
	{"sends binary messages", "lines.shape"},
	{"reads one line of a message", "lines.several"},
	{"does not join messages", "lines.split"},
	{"drops binary messages", "lines.binary"},
	{"stops at a blank line", "lines.blank"},
	{"drops lines that end with CRLF", "lines.crlf"},
	{"stops at a long line", "lines.long"},
	{"stops at a line that is no JSON", "lines.bad-json"},
	{"stops at a line that is no object", "lines.not-object"},
	{"stops at a type that is no string", "lines.bad-type"},
	{"stops at a line that is not UTF-8", "lines.bad-utf8"},
	{"stops at an unknown frame", "lines.unknown"},
	{"stops at a frame of the wrong direction", "lines.direction"},
	{"stops at a late result", "lines.late-result"},
	{"never acknowledges", "delivery.ack"},
	{"acknowledges twice", "delivery.once"},
	{"does not acknowledge numbers", "delivery.number"},
	{"acknowledges live events", "delivery.live"},
	{"drops copies", "delivery.duplicate"},
	{"does not give up undecodable events", "delivery.undecodable"},
	{"never acknowledges a passthrough", "delivery.passthrough"},
	{"acknowledges interrupts", "delivery.interrupt"},
	{"acknowledges a chat out of order", "delivery.order"},
	{"acknowledges before it handles", "delivery.handled"},
	{"answers copies", "delivery.copy"},
	{"takes events without an id for copies", "delivery.no-id"},
	{"stops at a context that is not usable", "delivery.lenient"},
	{"does not acknowledge a forward that is no base64", "delivery.forward"},
	{"loses some of many", "delivery.many"},
	{"has request ids in upper case", "request.id"},
	{"sends actions without an op", "request.action"},
	{"sends a platform of null", "request.platform"},
	{"names a bot of no hello", "request.bot"},
	{"sends a content of null", "request.fields"},
	{"sends the profile default", "request.profile"},
	{"ignores a result that is no object", "request.bad-result"},
	{"is deaf while a handler waits", "request.result"},
	{"serves one chat at a time", "request.concurrent"},
	{"masks the wrong way", "websocket.mask"},
	{"drops continuations", "websocket.fragments"},
	{"pongs without payload", "keepalive.pong"},
	{"never pings", "keepalive.ping"},
	{"keeps a silent connection", "keepalive.silence"},
	{"enrols without an identity token", "plane.enroll"},
	{"has a display name of 100 characters", "plane.provision"},
	{"declares a policy without a token", "plane.policy"},
	{"downloads without a token", "media.token"},
	{"gives its token away", "media.leak"},
	{"wants wakes to be signed", "wake.get"},
	{"is deaf once it goes idle", "idle.serves"},
	{"leaves without going_idle_ack", "idle.unanswered"},
	{"answers every close with 1000", "websocket.close"},
	{"takes reserved bits", "websocket.reserved"},
	{"gives up after 1001", "redial.1001"},
	{"gives up after a drop", "redial.drop"},
	{"keeps its first token", "redial.token"},
	{"drops what comes again", "redial.replay"},
	{"waits for requests of a lost connection", "redial.request"},
	{"gives up after HTTP 503", "redial.http"},
	{"gives up after HTTP 403", "redial.403"},
	{"dials at once after 1000 replaced", "redial.replaced"},
	{"stops at a line over 8 MiB", "lines.too-long"},
	{"refuses a length of null", "hello.lenient"},
	{"wants another platform in each descriptor", "hello.same-platform"},
	{"falls silent at a bad descriptor", "hello.bad-descriptor"},
	{"falls silent without a descriptor", "hello.unanswered"},
	{"gives up after 1000", "redial.1000"},
	{"gives up after 1011", "redial.1011"},
	{"gives up after 1012", "redial.1012"},
	{"gives up after 4403", "redial.4403"},
	{"dials at once after 1013", "redial.1013"},
	{"dials at once after 1008", "redial.1008"},
	{"dials at once after 4000", "redial.4000"},
	{"has a constant delay", "redial.ladder"},
	{"gives up after expired", "refusal.expired"},
	{"dials on after unauthorized", "refusal.unauthorized"},
	{"drops the connection at its end", "close.normal"},
}

var everything = Options{Slow: true, Destructive: true}

func TestARightConnectorPassesEveryCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		requireAllOK(t, runConnector(t, startFakeConnector(t, "").target(), everything))
	})
}

func TestEveryFaultOfAConnectorIsFoundByItsCheckAndNoOther(t *testing.T) {
	checks, _ := List()
	findEach(t, checks, connectorFaults, func(t *testing.T, fault string, o Options) Report {
		return runConnector(t, startFakeConnector(t, fault).target(), o)
	})
}

func TestARightGatewayPassesEveryCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { requireAllOK(t, runGateway(t, "", everything)) })
}

func TestEveryFaultOfAGatewayIsFoundByItsCheckAndNoOther(t *testing.T) {
	_, checks := List()
	findEach(t, checks, gatewayFaults, runGateway)
}

// runGateway checks a gateway with a fault.
func runGateway(t *testing.T, fault string, o Options) Report {
	t.Helper()
	listener := wiretest.NewListener()
	gateway := startFakeGateway(t, listener, fault)
	suite, err := Gateway(GatewayTarget{Listener: listener, GatewayID: "g:1", Secret: fakeSecret, Echo: true,
		Sleep: gateway.fallAsleep, Stop: gateway.end, EnrollmentToken: oneTimeToken, Dial: gateway.wakes.Dial})
	if err != nil {
		t.Fatal(err)
	}
	defer suite.Close()
	return suite.Run(t.Context(), o)
}

func runConnector(t *testing.T, target ConnectorTarget, o Options) Report {
	t.Helper()
	suite, err := Connector(target)
	if err != nil {
		t.Fatal(err)
	}
	defer suite.Close()
	return suite.Run(t.Context(), o)
}

func requireAllOK(t *testing.T, report Report) {
	t.Helper()
	for _, r := range report.Results {
		if r.Verdict != OK {
			t.Errorf("%s", describeResult(r))
		}
	}
}

func TestEveryCheckNamesAHeadingOfTheProtocol(t *testing.T) {
	page, err := os.ReadFile("../wire/PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	connector, gateway := List()
	for _, checks := range [][]Check{connector, gateway} {
		names := make(map[string]bool)
		for _, c := range checks {
			if !strings.Contains(string(page), "\n## "+c.Section+"\n") {
				t.Errorf("%s is of the section %q, which wire/PROTOCOL.md does not have", c.Name, c.Section)
			}
			if names[c.Name] || c.Rule == "" || strings.Count(c.Name, ".") != 1 {
				t.Errorf("%q has a name that is not its own or no subject.rule, or no rule", c.Name)
			}
			names[c.Name] = true
		}
	}
}

func describeResult(r Result) string {
	text := fmt.Sprintf("%s: %s: %s", r.Name, r.Verdict, r.Reason)
	if r.Verdict == Broken {
		text += fmt.Sprintf("\n  expected %s\n  sent %s\n  came %s", r.Expected,
			strings.Join(r.Sent, "\n       "), strings.Join(r.Came, "\n       "))
	}
	return text
}

// bulky checks move megabytes. They run for their own faults and for peers that are right.
var bulky = []string{"lines.long", "delivery.many", "delivery.size", "media.too-large", "abilities.size", "lines.too-long"}

// findEach plants each fault, and prints the table of what was found.
func findEach(t *testing.T, checks []Check, faults []planted, run func(t *testing.T, fault string, o Options) Report) {
	meant := make(map[string]bool)
	var table []string
	var mu sync.Mutex
	t.Cleanup(func() { t.Logf("%d faults:\n%s", len(faults), strings.Join(table, "")) })
	for _, p := range faults {
		meant[p.check] = true
		all := Options{Slow: true, Destructive: true}
		for _, name := range bulky {
			if name != p.check {
				all.Skip = append(all.Skip, name)
			}
		}
		t.Run(p.fault, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				report := run(t, p.fault, all)
				found := ""
				for _, r := range report.Results {
					if r.Verdict != Broken {
						continue
					}
					found += r.Name + " "
					if r.Name != p.check {
						t.Errorf("noise: %s", describeResult(r))
					}
				}
				if !strings.Contains(found, p.check) {
					t.Errorf("%s did not find it", p.check)
				}
				line := fmt.Sprintf("%-50s %-28s %d ok, %d broken (%s), %d not applicable\n", p.fault, p.check,
					report.Count(OK), report.Count(Broken), strings.TrimSpace(found), report.Count(NotApplicable))
				mu.Lock()
				table = append(table, line)
				mu.Unlock()
			})
		})
	}
	for _, c := range checks {
		if !meant[c.Name] {
			t.Errorf("no fault is planted for %s", c.Name)
		}
	}
}
