package connector_test

import (
	"testing"
	"testing/synctest"

	"github.com/gobwas/ws"
	json "github.com/goccy/go-json"

	"hermod/connector"
	"hermod/wire"
)

// command buffers a passthrough for the only gateway.
func command(t *testing.T, c *connector.Connector) string {
	t.Helper()
	d, err := c.Passthrough("", json.RawMessage(`{"platform":"discord","method":"POST","path":"/x"}`))
	if err != nil || d.Live {
		t.Fatalf("delivered %+v, %v, want buffered", d, err)
	}
	return d.BufferID
}

func buffered(n int) func(connector.GatewayState) bool {
	return func(s connector.GatewayState) bool { return s.Buffered == n }
}

func TestAPassthroughThatIsNeverAcknowledgedHoldsUpNothingAndRunsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, connector.Config{Listener: listenInMemory(), Window: 1})
		command(t, c)
		behind := injectBuffered(t, c, "behind")
		g := greet(t, c, "")
		g.expect("passthrough_forward")
		g.expectEvent("behind")
		g.ack(behind)
		eventually(t, c, connector.DefaultGateway, buffered(0))
		for range 3 {
			g.leave()
			g = greet(t, c, "")
			g.expectSilence()
		}
	})
}

func TestAPassthroughThatTheGatewayHasNotReadIsSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, connector.Config{Listener: listenInMemory()})
		id := command(t, c)
		g := greet(t, c, "") // reads no more: the ping behind the command stays unanswered
		g.leave()
		g = greet(t, c, "")
		if m := g.expect("passthrough_forward"); m.BufferID != id {
			t.Fatalf("bufferId %q, want %q", m.BufferID, id)
		}
	})
}

func TestAGatewayThatAcknowledgesPassthroughsIsWaitedFor(t *testing.T) {
	for name, learn := range map[string]func(t *testing.T, c *connector.Connector) *client{
		"it shows that it does": func(t *testing.T, c *connector.Connector) *client {
			g := dialWith(t, c, map[string][]string{wire.AcksHeader: {"inbound, passthrough_forward"}})
			g.hello("discord", "b1")
			return g
		},
		"it has done so late": func(t *testing.T, c *connector.Connector) *client {
			id := command(t, c)
			g := greet(t, c, "")
			g.expect("passthrough_forward")
			g.expectSilence() // the ping is answered, and the command counts as delivered
			eventually(t, c, connector.DefaultGateway, buffered(0))
			g.ack(id)
			g.expectSilence()
			return g
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := start(t, connector.Config{Listener: listenInMemory(), Window: 1})
				g := learn(t, c)
				id := command(t, c)
				behind := injectBuffered(t, c, "behind")
				g.expect("passthrough_forward")
				g.expectSilence()
				eventually(t, c, connector.DefaultGateway, buffered(2))
				g.ack(id)
				if got := g.expectEvent("behind"); got != behind {
					t.Fatalf("bufferId %q, want %q", got, behind)
				}
			})
		})
	}
}

// TestOnePingAtATimeFollowsPassthroughs: the library ws takes 60 pings that come faster than it answers for an attack.
func TestOnePingAtATimeFollowsPassthroughs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const commands = 10
		c := start(t, connector.Config{Listener: listenInMemory(), Window: commands})
		for range commands {
			command(t, c)
		}
		g := greet(t, c, "")
		var ping []byte
		for lines, pings := 0, 0; lines < commands; {
			f, err := g.read()
			if err != nil {
				t.Fatal(err)
			}
			if f.Header.OpCode != ws.OpPing {
				lines++
				continue
			}
			if pings++; pings > 1 {
				t.Fatalf("%d pings are not answered", pings)
			}
			ping = f.Payload
		}
		g.frame(ws.OpPong, true, ping)
		synctest.Wait()
		g.expectSilence() // but for a ping, which is answered
		eventually(t, c, connector.DefaultGateway, buffered(0))
	})
}
