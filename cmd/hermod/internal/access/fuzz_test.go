package access_test

import (
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"hermod/cmd/hermod/internal/access"
)

// Whatever a header says, a client is an address, a network or a user of the socket, in few bytes; and who is no proxy
// is not believed.
func FuzzForwardedFor(f *testing.F) {
	f.Add("10.0.0.1:5", "1.1.1.1, 10.0.0.2")
	f.Add("192.0.2.1:5", "9.9.9.9")
	f.Add("[2001:db8::1%eth0]:5", "[::ffff:1.2.3.4]:99,,x")
	f.Add("unix:uid=7", "10.0.0.1")
	f.Fuzz(func(t *testing.T, peer, forwarded string) {
		proxies := access.Proxies{Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = peer
		before := proxies.Client(r)
		r.Header.Set("X-Forwarded-For", forwarded)
		after := proxies.Client(r)
		_, notAddr := netip.ParseAddr(after)
		_, notNetwork := netip.ParsePrefix(after)
		if notAddr != nil && notNetwork != nil && !strings.HasPrefix(after, "unix") {
			t.Errorf("the client is %q", after)
		}
		if !strings.HasPrefix(before, "10.") && after != before {
			t.Errorf("%q is believed: %q became %q", peer, before, after)
		}
	})
}
