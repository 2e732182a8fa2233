package actors

import (
	"crypto/tls"
	"crypto/x509"
	"reflect"
	"slices"
	"testing"
	"time"

	"hermod/supervisor"
	"hermod/wire"
)

func TestRelaysWithDifferentConfigurationsShareNoSettings(t *testing.T) {
	each := []string{"Identities", "GatewayID", "Secret", "Epoch", "Handlers", "Dial", "Logger", "jitter"} // a relay's own
	other := Config{URL: "ws://connector", NoReconnect: true, Strategy: supervisor.Strict, Backoff: time.Hour,
		MaxBackoff: time.Hour, StableAfter: time.Hour, DialTimeout: time.Hour, HandshakeTimeout: time.Hour,
		OutboundTimeout: time.Hour, WriteTimeout: time.Hour, PingInterval: time.Hour, PongTimeout: time.Hour,
		MaxFrame: 1 << 30, MaxPending: 7, MaxPendingBytes: 7, MaxQueued: 7, MaxQueuedBytes: 7, MaxHandlers: 7, DedupeKeys: 7,
		NoDedupe: true, Tries: 7, RetryDelay: time.Hour, TLS: TLS{ServerName: "connector"}, Platforms: []string{"fax"},
		SessionKey: wire.SessionKeyOptions{Profile: "main"}, Commands: []wire.Command{{Name: "stop"}}}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		if slices.Contains(each, field.Name) {
			continue
		}
		var one, same, changed Config
		to := reflect.ValueOf(&changed).Elem().FieldByIndex(field.Index)
		to.Set(reflect.ValueOf(other).FieldByIndex(field.Index))
		if to.IsZero() {
			t.Errorf("the test does not know %s", field.Name)
		}
		if !one.equals(&same) || one.equals(&changed) || changed.equals(&one) || !changed.equals(&changed) {
			t.Errorf("%s is not compared", field.Name)
		}
	}
	for name, s := range map[string]TLS{"authorities": {RootCAs: x509.NewCertPool()},
		"a certificate": {Certificates: make([]tls.Certificate, 1)}} {
		var one Config
		if one.equals(&Config{TLS: s}) {
			t.Errorf("%s are not compared", name)
		}
	}
}

func TestTCPProbesTheConnectorOnlyWherePingsAreRare(t *testing.T) {
	for interval, probed := range map[time.Duration]bool{0: false, time.Minute: false, 61 * time.Second: true} {
		settled, err := Config{URL: "ws://connector", PingInterval: interval}.settle()
		if err != nil {
			t.Fatal(err)
		}
		if got := settled.isProbed(); got != probed {
			t.Errorf("a ping each %v: probed %t, want %t", interval, got, probed)
		}
	}
}
