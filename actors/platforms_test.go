package actors_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"

	"hermod/actors"
	"hermod/wire"
	"hermod/wire/wiretest"
)

func TestEventsOfThePlatformsOfARelaysIdentitiesKeepTheirSessionsApart(t *testing.T) {
	var keys []string
	inBubble(t, func(w *world) {
		w.gate.onInbound = func(_ context.Context, d *actors.Inbound) error {
			keys = append(keys, d.SessionKey)
			return nil
		}
		conn := w.srv.Accept()
		conn.Handshake(wiretest.Descriptor("zulip"), wiretest.Descriptor("gitter"))
		w.shaken()
		for _, platform := range []string{"Zulip", "gitter", "teams", "nosuch"} {
			_ = conn.SendInbound(wiretest.Event(platform, "c1", "m1", "x"), "")
			synctest.Wait()
		}
	}, func(c *actors.Config) {
		c.Identities = []wire.Identity{{Platform: "zulip", BotID: "b1"}, {Platform: "gitter"}}
	})
	want := []string{"agent:main:zulip:dm:c1", "agent:main:gitter:dm:c1", "agent:main:teams:dm:c1", "agent:main:relay:dm:c1"}
	if !slices.Equal(keys, want) {
		t.Errorf("session keys %q, want %q", keys, want)
	}
}

func TestAMessageOnSlackHasALaneOfItsOwn(t *testing.T) {
	for _, shared := range []bool{false, true} {
		var keys, threads []string
		inBubble(t, func(w *world) {
			w.gate.onInbound = func(_ context.Context, d *actors.Inbound) error {
				keys, threads = append(keys, d.SessionKey), append(threads, d.Event.Thread(d.Relay.SessionKeys()))
				return nil
			}
			conn := w.ready()
			for _, id := range []string{"171.1", "171.2"} {
				_ = conn.SendInbound(wiretest.Event("slack", "D1", id, "x"), "")
				synctest.Wait()
			}
		}, func(c *actors.Config) { c.SessionKey.SharedSlackChats = shared })
		want := []string{"agent:main:slack:dm:D1:171.1", "agent:main:slack:dm:D1:171.2"}
		wantThreads := []string{"171.1", "171.2"}
		if shared {
			want, wantThreads = []string{"agent:main:slack:dm:D1", "agent:main:slack:dm:D1"}, []string{"", ""}
		}
		if !slices.Equal(keys, want) || !slices.Equal(threads, wantThreads) {
			t.Errorf("session keys %q, want %q; threads %q, want %q", keys, want, threads, wantThreads)
		}
	}
}
