package demo

import (
	"strings"
	"testing"
)

func TestDemoAccountNamesEveryLineThatIsOff(t *testing.T) {
	balanced := account{totals: totals{injected: 10, handled: 8, deadLettered: 2, sent: 9}, resolved: 9, copies: 3}
	tests := []struct {
		name   string
		change func(*account)
		want   []string // parts of the error; none when it balances
	}{
		{"balances", func(*account) {}, nil},
		{"copies that the engine dropped are nobody's loss", func(a *account) { a.copies = 99 }, nil},
		{"nothing happened", func(a *account) { *a = account{} }, nil},
		{"an event is lost", func(a *account) { a.handled--; a.missing = []string{"demo-7"} }, []string{"events injected: 10 is not 7 handled + 2 dead-lettered", "demo-7"}},
		{"an event has two fates", func(a *account) { a.deadLettered++ }, []string{"events injected: 10 is not 8 handled + 3 dead-lettered"}},
		{"a handler saw an event again", func(a *account) { a.duplicates = 1 }, []string{"duplicates seen by handlers: 1"}},
		{"a request is open", func(a *account) { a.resolved-- }, []string{"requests sent: 9 is not 8 resolved"}},
		{"a request resolved twice", func(a *account) { a.resolved++ }, []string{"requests sent: 9 is not 10 resolved"}},
		{"an acknowledgement is missing", func(a *account) { a.buffered = 1 }, []string{"left in the connector's buffer: 1"}},
		{"two lines are off", func(a *account) { a.buffered = 1; a.sent = 0 }, []string{"requests sent: 0", "left in the connector's buffer: 1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			account := balanced
			test.change(&account)
			err := account.check()
			if (err != nil) != (test.want != nil) {
				t.Fatalf("check() = %v, want %q", err, test.want)
			}
			for _, part := range test.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("check() = %v, which lacks %q", err, part)
				}
			}
		})
	}
}

func TestDemoAccountNamesOnlyAFewMissingEvents(t *testing.T) {
	account := account{totals: totals{injected: 7}, missing: []string{"a", "b", "c", "d", "e", "f", "g"}}
	if text := account.check().Error(); !strings.HasSuffix(text, "without a fate: a, b, c, d, e") {
		t.Errorf("check() = %q", text)
	}
}

func TestDemoLedgerCountsEachEventOnce(t *testing.T) {
	l := newLedger()
	first, firstID := l.number()
	second, secondID := l.number()
	_, refusedID := l.number()
	l.inject("a", first)
	l.inject("b", second)
	l.handle("a", newTestEvent(firstID))
	l.handle("a", newTestEvent(firstID))
	l.bury(secondID)
	l.bury(secondID)
	if refusedID == firstID || refusedID == secondID {
		t.Errorf("a message id was drawn twice: %s", refusedID)
	}
	got, want := l.account(), totals{injected: 2, handled: 1, deadLettered: 1, duplicates: 1}
	if got.totals != want || got.missing != nil || !l.settled() {
		t.Errorf("account() = %+v, want %+v and nothing missing", got, want)
	}
}

func TestDemoLedgerNamesEventsWithoutAFate(t *testing.T) {
	l := newLedger()
	n, id := l.number()
	l.inject("a", n)
	if got := l.account(); len(got.missing) != 1 || got.missing[0] != id || l.settled() {
		t.Errorf("account() = %+v, want %s missing", got, id)
	}
}
