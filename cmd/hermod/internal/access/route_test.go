package access_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"hermod/cmd/hermod/internal/access"
)

func networks(t *testing.T, all ...string) (found []netip.Prefix) {
	t.Helper()
	for _, text := range all {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, network)
	}
	return found
}

// route has the world serve one route.
func (w *world) route(need access.Need, pattern string, status int) {
	mux := http.NewServeMux()
	mux.Handle(pattern, w.control.Route(need, http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.WriteHeader(status)
	})))
	w.serve = mux.ServeHTTP
}

func (w *world) call(method, path string) int {
	r := httptest.NewRequest(method, path, nil)
	r.RemoteAddr = "10.0.0.1:1"
	r.Header.Set("Authorization", "Bearer secret")
	return w.handle(r).Code
}

func TestRolesAllowWhatTheySay(t *testing.T) {
	all := []access.Role{access.Any, access.Read, access.Act, access.Steer, access.Metrics, access.Admin}
	for role, allowed := range map[access.Role]string{
		access.Read:    "  read",
		access.Act:     "  act",
		access.Steer:   "  read steer",
		access.Metrics: "  metrics",
		access.Admin:   "  read act steer metrics admin",
	} {
		for _, needed := range all {
			w := newWorld(t, token("a", "secret", role))
			w.route(access.Need{Role: needed}, "GET /x", http.StatusOK)
			want := http.StatusForbidden
			if strings.Contains(allowed+" ", " "+string(needed)+" ") {
				want = http.StatusOK
			}
			if got := w.call(http.MethodGet, "/x"); got != want {
				t.Errorf("%s: a route for %q answers %d, want %d", role, needed, got, want)
			}
		}
	}
}

func TestALimitedTokenReachesItsBotsOnly(t *testing.T) {
	limited := token("a", "secret", access.Act, access.Steer)
	limited.Bots = []string{"support-*", "b?"}
	w := newWorld(t, limited)
	for path, want := range map[string]int{"/bots/support-1": 200, "/bots/b1": 200, "/bots/b": 403, "/bots/b12": 403,
		"/bots/xsupport-1": 403, "/bots/*": 403, "/bots/support-": 200} {
		w.route(access.Need{Role: access.Act}, "/bots/{bot}", http.StatusOK)
		if got := w.call(http.MethodGet, path); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
	for need, want := range map[access.Need]int{
		{Role: access.Steer}:               http.StatusForbidden, // it is about every bot
		{Role: access.Read}:                http.StatusForbidden,
		{Role: access.Read, Filters: true}: http.StatusOK,
		{}:                                 http.StatusOK,
	} {
		w.route(need, "/all", http.StatusOK)
		if got := w.call(http.MethodPost, "/all"); got != want {
			t.Errorf("%+v: %d, want %d", need, got, want)
		}
	}
	if w.control.Refusals(access.NotBot) != 6 {
		t.Errorf("%d refusals are counted", w.control.Refusals(access.NotBot))
	}
}

func TestEachCallThatSteersHasALine(t *testing.T) {
	for _, tt := range []struct {
		name, method string
		role         access.Role
		want         string
	}{
		{"steering", "POST", access.Steer, `msg=call bot=b1 by=token:a from=10.0.0.1 method=POST path=/bots/b1 status=409`},
		{"profiles", "GET", access.Admin, `method=GET`},
		{"reading", "GET", access.Read, ""},
		{"reading as who may steer", "GET", access.Steer, ""},
		{"acting", "POST", access.Act, ""},
	} {
		w := newWorld(t, token("a", "secret"))
		w.route(access.Need{Role: tt.role}, "/bots/{bot}", http.StatusConflict)
		w.call(tt.method, "/bots/b1")
		if log := w.log.String(); !strings.Contains(log, tt.want) || tt.want == "" && log != "" {
			t.Errorf("%s: the log is %q", tt.name, log)
		}
	}
}

func TestACallThatIsRefusedHasALineWithTheReason(t *testing.T) {
	w := newWorld(t, token("a", "secret", access.Read))
	w.route(access.Need{Role: access.Steer}, "POST /bots/{bot}", http.StatusOK)
	if status := w.call(http.MethodPost, "/bots/b1"); status != http.StatusForbidden {
		t.Errorf("answered %d", status)
	}
	if log := w.log.String(); !strings.Contains(log, `reason=role by=token:a from=10.0.0.1 method=POST path=/bots/b1`) {
		t.Errorf("the log is %s", log)
	}
}

func TestNothingThatAClientNamesMakesALongOrASecondLine(t *testing.T) {
	w := newWorld(t, token("a", "secret"))
	w.route(access.Need{Role: access.Steer}, "/bots/{bot}", http.StatusOK)
	w.call("POST", "/bots/"+strings.Repeat("x", 5000)+"%0Amsg=forged")
	w.call("EVIL", "/bots/%0Amsg=forged")
	if log := w.log.String(); len(log) > 1500 || strings.Contains(log, "\nmsg=") || strings.Contains(log, "EVIL") || w.lines() != 2 {
		t.Errorf("the log is %s", log)
	}
}

func TestWhoeverNoGuardLetInHasNoRole(t *testing.T) {
	w := newWorld(t)
	answer := httptest.NewRecorder()
	w.control.Route(access.Need{Role: access.Read}, http.NotFoundHandler()).ServeHTTP(answer, httptest.NewRequest("GET", "/x", nil))
	if answer.Code != http.StatusForbidden {
		t.Errorf("answered %d", answer.Code)
	}
}
