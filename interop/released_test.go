//go:build interop

package interop

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"

	json "github.com/goccy/go-json"

	"hermod/wire/wiretest"
)

// window is more than any window of unacknowledged deliveries holds.
const window = 70

func TestPassthroughsThatAreNeverAcknowledgedBlockNothing(t *testing.T) {
	eachReleased(t, func(t *testing.T, l language, s served) {
		for i := range window {
			s.must("passthrough", map[string]any{"forward": map[string]any{"platform": "discord", "path": fmt.Sprint(i)}})
		}
		s.inject("m1", "behind them")
		g := s.dial(t, l, nil)
		frames := g.gather(func(r record) bool { return r.at("event", "message_id") == "m1" })
		var ran []string
		for _, frame := range frames {
			if frame["type"] == "passthrough_forward" {
				ran = append(ran, fmt.Sprint(frame.at("forward", "path")))
			}
		}
		for i := range window {
			if i >= len(ran) || ran[i] != fmt.Sprint(i) {
				t.Fatalf("passthroughs ran as %v, want each of %d once and in order", ran, window)
			}
		}
		s.awaitEmpty()
	})
}

func TestAPassthroughDoesNotRunAgainAtEachConnection(t *testing.T) {
	eachReleased(t, func(t *testing.T, l language, s served) {
		s.must("passthrough", map[string]any{"forward": map[string]any{"platform": "discord", "path": "once"}})
		g := s.dial(t, l, nil)
		g.awaitFrame("passthrough_forward")
		s.awaitEmpty()
		for i := range 3 {
			g.tell(map[string]any{"do": "drop"})
			g.awaitFrame("descriptor")
			last := fmt.Sprint("m", i)
			s.inject(last, "after the connection was lost")
			for _, frame := range g.gather(func(r record) bool { return r.at("event", "message_id") == last }) {
				if frame["type"] == "passthrough_forward" {
					t.Fatalf("the passthrough ran again after connection %d was lost", i+1)
				}
			}
		}
	})
}

// overMiB is the text of an event that does not fit into a message of 1 MiB.
var overMiB = strings.Repeat("long ", 250_000)

func TestAnEventThatReleasedGatewaysCannotTakeIsRefusedAtTheDoor(t *testing.T) {
	eachReleased(t, func(t *testing.T, l language, s served) {
		g := s.dial(t, l, nil)
		g.awaitFrame("descriptor")
		status, answer := s.call(http.MethodPost, "inbound",
			map[string]any{"event": json.RawMessage(wiretest.Event("discord", "c1", "m1", overMiB))})
		reason, _ := answer["error"].(string)
		if status != http.StatusRequestEntityTooLarge || !strings.Contains(reason, "bytes") {
			t.Errorf("an event over 1 MiB was answered with %d %q", status, reason)
		}
		s.inject("m2", "short")
		g.awaitMessages("m2")
		s.awaitEmpty()
	})
}

func TestAnEventThatTurnsOutToBeTooLargeIsSetAside(t *testing.T) {
	eachReleased(t, func(t *testing.T, l language, s served) {
		s.inject("m1", overMiB)
		s.inject("m2", "behind it")
		g := s.dial(t, l, nil)
		if got := g.awaitMessages("m2"); !slices.Equal(got, []string{"m2"}) {
			t.Errorf("it was delivered %v", got)
		}
		s.awaitEmpty()
	})
}

func TestAnEventThatTheGatewayClosesWith1009IsSetAside(t *testing.T) {
	eachReleased(t, func(t *testing.T, l language, s served) {
		s.inject("m1", "before")
		s.inject("m2", strings.Repeat("long ", 20_000))
		s.inject("m3", "behind")
		g := s.dial(t, l, func(g *releasedGateway) { g.MaxSize, g.CloseTime = 64<<10, 0.05 })
		if got := g.await("event", "closed")["code"]; got != 1009.0 && got != 1006.0 {
			t.Errorf("closed with %v, want 1009, or 1006 where the library tells no code of its own", got)
		}
		g.awaitMessages("m3")
		s.awaitEmpty()
	})
}

func TestAFrozenGatewayThatReturnsHasMissedNothing(t *testing.T) {
	eachReleased(t, func(t *testing.T, l language, s served) {
		g := s.dial(t, l, nil)
		g.awaitFrame("descriptor")
		g.signal(syscall.SIGSTOP)
		for i := range 5 {
			s.inject(fmt.Sprint("m", i), "while it is frozen")
		}
		g.signal(syscall.SIGCONT)
		if got := g.awaitMessages("m4"); !slices.Equal(got, []string{"m0", "m1", "m2", "m3", "m4"}) {
			t.Errorf("it was delivered %v", got)
		}
		s.awaitEmpty()
	})
}

func TestAGatewayTakesThePlaceOfItsFrozenSelf(t *testing.T) {
	eachReleased(t, func(t *testing.T, l language, s served) {
		frozen := s.dial(t, l, func(g *releasedGateway) { g.Pause = 60 })
		frozen.awaitFrame("descriptor")
		frozen.signal(syscall.SIGSTOP)
		s.inject("m1", "to the one that answers")
		s.dial(t, l, nil).awaitMessages("m1")
		s.awaitEmpty()
		frozen.signal(syscall.SIGCONT)
		frozen.await("event", "closed")
	})
}

func TestAGatewayWhoseConnectionWasLostWithoutAWordTakesItsPlaceAgain(t *testing.T) {
	eachReleased(t, func(t *testing.T, l language, s served) {
		n := startNetwork(t, s.address)
		g := s.dial(t, l, func(g *releasedGateway) { g.URL = n.url() })
		g.awaitFrame("descriptor")
		n.lose()
		s.inject("m1", "into the silence")
		g.tell(map[string]any{"do": "drop"})
		s.inject("m2", "behind it")
		if got := g.awaitMessages("m2"); !slices.Equal(got, []string{"m1", "m2"}) {
			t.Errorf("it was delivered %v", got)
		}
		s.awaitEmpty()
	})
}

func TestASecondGatewayOfTheSameIdDoesNotDisturbTheFirst(t *testing.T) {
	eachReleased(t, func(t *testing.T, l language, s served) {
		first := s.dial(t, l, nil)
		first.awaitFrame("descriptor")
		second := s.dial(t, l, nil)
		if got := second.await("event", "closed")["code"]; got != 1008.0 {
			t.Errorf("the second was closed with %v, want 1008", got)
		}
		s.inject("m1", "to the first")
		first.awaitMessages("m1")
		s.awaitEmpty()
		for len(second.records) > 0 {
			if r := <-second.records; r.at("frame", "type") == "inbound" {
				t.Errorf("the second was delivered %v", r)
			}
		}
	})
}

func TestAGatewayOfTwoIdentitiesIsServedOnBothPlatforms(t *testing.T) {
	eachReleased(t, func(t *testing.T, l language, s served) {
		g := s.dial(t, l, func(g *releasedGateway) {
			g.Identities = append(g.Identities, map[string]string{"platform": "telegram", "botId": "42"})
		})
		for _, platform := range []string{"discord", "telegram"} {
			if got := g.awaitFrame("descriptor").at("descriptor", "platform"); got != platform {
				t.Errorf("descriptor of %v, want %s", got, platform)
			}
		}
		for platform, served := range map[string]bool{"discord": true, "telegram": true, "slack": false} {
			g.tell(map[string]any{"do": "frame", "frame": map[string]any{
				"type": "outbound", "requestId": fmt.Sprintf("%032x", len(platform)), "platform": platform,
				"action": map[string]any{"op": "send", "chat_id": "c1", "content": "hi"},
			}})
			if result := g.awaitFrame("outbound_result"); result.at("result", "success") != served {
				t.Errorf("an action on %s: %v, want success %v", platform, result, served)
			}
		}
	})
}

func TestATokenThatAgedIsRefusedAsExpiredAndAFreshOneIsServed(t *testing.T) {
	eachReleased(t, func(t *testing.T, l language, s served) {
		s.inject("m1", "waiting")
		g := s.dial(t, l, func(g *releasedGateway) { g.Life, g.Pause = -10, 60 })
		if closed := g.await("event", "closed"); closed["code"] != 4401.0 || closed["reason"] != "expired" {
			t.Errorf("closed with %v, want 4401 expired", closed)
		}
		g.awaitMessages("m1")
		s.awaitEmpty()
	})
}
