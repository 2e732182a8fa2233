package access_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hermod/cmd/hermod/internal/access"
)

const right = "Bearer canary-right"

func guess(i int) string { return fmt.Sprintf("Bearer wrong %d", i) }

func TestAnAddressThatGuessesIsNotLookedAtForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, token("a", "canary-right"))
		for i := range 10 {
			w.wantStatus("10.0.0.1:1", guess(i), http.StatusUnauthorized)
		}
		for _, shown := range []string{guess(10), right} {
			answer := w.ask("10.0.0.1:2", shown)
			if answer.Code != http.StatusTooManyRequests || answer.Header().Get("Retry-After") != "11" ||
				answer.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("%q is answered %d %v", shown, answer.Code, answer.Header())
			}
		}
		w.wantStatus("10.0.0.2:1", right, http.StatusOK)
		w.wantStatus("10.0.0.1:1", "", http.StatusUnauthorized) // no guess
		time.Sleep(11 * time.Second)
		w.wantStatus("10.0.0.1:1", right, http.StatusOK)
		if n := w.control.Refusals(access.Limited); n != 2 {
			t.Errorf("%d refusals for the limit, want 2", n)
		}
	})
}

func TestAGuesserLocksNobodyOutWhoSharesItsAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, token("a", "canary-right"), token("b", "canary-other"))
		w.wantStatus("127.0.0.1:1", right, http.StatusOK)
		for i := range 1000 {
			w.ask("127.0.0.1:2", guess(i))
		}
		w.wantStatus("127.0.0.1:3", right, http.StatusOK)
		w.wantStatus("127.0.0.1:3", "Bearer canary-other", http.StatusTooManyRequests) // which may have been guessed
		w.register.Replace([]access.Token{token("b", "canary-other")})
		w.wantStatus("127.0.0.1:3", right, http.StatusUnauthorized)
	})
}

func TestTheAddressesOfOneNetworkAreOneGuesser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, token("a", "canary-right"))
		for i := range 10 {
			w.ask(fmt.Sprintf("[2001:db8::%x]:1", i+1), guess(i))
		}
		w.wantStatus("[2001:db8::ffff]:1", right, http.StatusTooManyRequests)
		w.wantStatus("[2001:db8:0:1::1]:1", right, http.StatusOK)
	})
}

func TestManyAddressesTakeNoMoreMemoryThanSome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, token("a", "canary-right"))
		for i := range 20_000 {
			w.ask(fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&0xff, i&0xff), guess(i))
		}
		if n := w.control.Addresses(); n != 4096 {
			t.Errorf("%d addresses are remembered", n)
		}
	})
}

func TestManyRefusalsAreFewLinesThatTellHowMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, token("a", "canary-right"))
		for i := range 5000 {
			w.ask(fmt.Sprintf("10.0.%d.%d:1", i>>8, i&0xff), guess(i))
		}
		if w.lines() != 20 {
			t.Errorf("%d lines", w.lines())
		}
		time.Sleep(time.Minute)
		w.ask("10.9.9.9:1", guess(0))
		if log := w.log.String(); !strings.Contains(log, "from=10.9.9.9") || !strings.HasSuffix(log, "refused=4981\n") {
			t.Errorf("the last line is %s", log[strings.LastIndex(log[:len(log)-1], "\n")+1:])
		}
		if n := w.control.Refusals(access.Unknown); n != 5001 {
			t.Errorf("%d are counted", n)
		}
	})
}

func TestOneAddressDoesNotUseUpTheLinesOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, token("a", "canary-right"))
		for i := range 5000 {
			w.ask("10.0.0.1:1", guess(i))
		}
		w.ask("10.0.0.2:1", guess(0))
		if log := w.log.String(); w.lines() != 3 || !strings.Contains(log, "reason=unknown_token by=nobody from=10.0.0.1") ||
			!strings.Contains(log, "reason=rate_limited by=nobody from=10.0.0.1") || !strings.Contains(log, "from=10.0.0.2") {
			t.Errorf("the log is %s", log)
		}
	})
}

func TestNoTokenIsInTheLogOrTheAnswer(t *testing.T) {
	w := newWorld(t, token("a", "canary-right"))
	for i := range 30 {
		answer := w.ask("10.0.0.1:1", "Bearer hunter2")
		if strings.Contains(answer.Body.String(), "hunter2") {
			t.Errorf("answer %d is %s", i, answer.Body)
		}
	}
	w.ask("10.0.0.2:1", "Basic hunter2")
	w.ask("10.0.0.3:1", "Bearer ")
	if log := w.log.String(); strings.Contains(log, "hunter2") || !strings.Contains(log, "reason=malformed_token") {
		t.Errorf("the log is %s", log)
	}
	w.ask("10.0.0.4:1", "")
	if strings.Contains(w.log.String(), "10.0.0.4") || w.control.Refusals(access.Missing) != 1 {
		t.Error("a client without a token is worth a line, or is not counted")
	}
}
