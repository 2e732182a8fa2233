package connector_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hermod/connector"
)

func TestAFloodOfRefusedGatewaysIsToldInFewLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &lockedBuffer{}
		cfg := withGateways()
		cfg.Listener, cfg.Logger = listenInMemory(), log.logger()
		c := start(t, cfg)
		refuse := func() { dial(t, c, "nonsense").expectClose(4401, "unauthorized") }
		for range 200 {
			refuse()
		}
		synctest.Wait()
		if n := bytes.Count(log.bytes(), []byte("session refused")); n < 10 || n > 30 {
			t.Errorf("200 refusals are told in %d lines", n)
		}
		time.Sleep(time.Minute)
		refuse()
		synctest.Wait()
		if !strings.Contains(string(log.bytes()), "lines_dropped=180") {
			t.Error("the log does not tell how many refusals it left out")
		}
	})
}

func TestADeliveryThatTheDiskRefusesIsTold(t *testing.T) {
	log := &lockedBuffer{}
	c := start(t, connector.Config{Logger: log.logger()})
	if err := connector.LoseDisk(c); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if _, err := c.Inject("", event("x")); err == nil {
			t.Fatal("it was accepted")
		}
	}
	if n := bytes.Count(log.bytes(), []byte("it could not be buffered")); n < 1 || n > 30 {
		t.Errorf("100 refusals are told in %d lines", n)
	}
}
