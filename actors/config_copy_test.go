package actors_test

import (
	"crypto/tls"
	"testing"

	"hermod/actors"
	"hermod/wire"
	"hermod/wire/wiretest"
)

func TestWhatARelaySaysOfItselfCannotBeChangedFromOutside(t *testing.T) {
	identities := []wire.Identity{{Platform: "discord", BotID: "b1"}}
	commands := []wire.Command{{Name: "stop", Options: []byte(`[{"name":"now"}]`)}}
	inBubble(t, func(w *world) {
		conn := w.srv.Accept()
		before := string(conn.Expect(wire.KindHello))
		identities[0].BotID, commands[0].Name = "spoiled", "spoiled"
		for i := range commands[0].Options {
			commands[0].Options[i] = 'x'
		}
		conn.Drop()
		if after := string(w.srv.Accept().Expect(wire.KindHello)); after != before {
			t.Errorf("the hello was %s and became %s", before, after)
		}
	}, func(c *actors.Config) { c.Identities, c.Commands = identities, commands })
}

func TestTheClientCertificateOfARelayCannotBeChangedFromOutside(t *testing.T) {
	authority := wiretest.NewAuthority(t)
	srv := wiretest.ListenTLS(t, &tls.Config{Certificates: []tls.Certificate{authority.Certificate()},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: authority.Pool()})
	srv.Handle(wiretest.Serve)
	defer srv.Close()
	engine, err := actors.New(actors.EngineConfig{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = engine.Close(t.Context()) }()
	certificates := []tls.Certificate{authority.Certificate()}
	relay, err := engine.Spawn("bot", actors.Config{URL: srv.URL(), Handlers: (&gateway{}).handlers(),
		TLS:        actors.TLS{RootCAs: authority.Pool(), Certificates: certificates},
		Identities: []wire.Identity{{Platform: "discord"}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := relay.Handshake(t.Context()); err != nil {
		t.Fatal(err)
	}
	clear(certificates[0].Certificate[0])
	clear(certificates)
	if !relay.GoDormant(t.Context(), 0) {
		t.Fatal("did not fall asleep")
	}
	relay.Wake()
	for s := range relay.Watch(t.Context()) {
		if s.State == actors.Backoff {
			t.Fatalf("dialled with another certificate: %s", s.LastError)
		}
		if s.State == actors.Ready {
			break
		}
	}
}
