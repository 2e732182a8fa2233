package api_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hermod/cmd/hermod/internal/access"
	"hermod/cmd/hermod/internal/api"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/cmd/hermod/internal/store"
	"hermod/wire"
)

// serveRoles serves the API for bots to clients of which each shows its role as token, or "mine", which has read, act
// and steer for the bot mine.
func serveRoles(t *testing.T, bots ...string) http.Handler {
	t.Helper()
	f, err := fleet.New(fleet.Options{})
	must(t, err)
	t.Cleanup(func() { _ = f.Close(context.Background()) })
	cfg := new(config.Config)
	for _, name := range bots {
		cfg.Bots = append(cfg.Bots, &config.Bot{Name: name, URL: "ws://127.0.0.1:9"})
	}
	_, err = f.Apply(cfg)
	must(t, err)
	kept, err := store.Open("", slog.New(slog.DiscardHandler))
	must(t, err)
	t.Cleanup(func() { must(t, kept.Close()) })
	mux, control := http.NewServeMux(), access.New(slog.New(slog.DiscardHandler))
	api.Mount(mux, api.Options{Fleet: f, Store: kept, Access: control, Logger: slog.New(slog.DiscardHandler),
		Daemon: func() api.Daemon {
			return api.Daemon{ConfigError: "hermod.yaml: bots[0] theirs: is wrong", Bots: map[string]int{"disabled": 2}}
		}})
	tokens := []access.Token{{Name: "mine", Secret: "mine", Bots: []string{"mine"},
		Roles: []access.Role{access.Read, access.Act, access.Steer}}}
	for _, role := range roles {
		tokens = append(tokens, access.Token{Name: string(role), Secret: wire.Secret(role), Roles: []access.Role{role}})
	}
	register := access.NewRegister(false)
	register.Replace(tokens)
	return control.Admit(register, access.Proxies{}, func(*http.Request) bool { return false }, mux)
}

var roles = []access.Role{access.Read, access.Act, access.Steer, access.Metrics, access.Admin}

// as asks as a client; a stream ends at once.
func as(served http.Handler, token, method, path string) (answer *httptest.ResponseRecorder) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader("{}"))
	r.Header.Set("Authorization", "Bearer "+token)
	answer = httptest.NewRecorder()
	defer func() { _ = recover() }() // what is behind the roles may lack what it needs: that it was reached counts
	served.ServeHTTP(answer, r)
	return answer
}

func TestEveryOperationIsForTheRoleThatItsDescriptionNames(t *testing.T) {
	served := serveRoles(t, "a")
	includes := map[access.Role][]access.Role{access.Steer: {access.Read},
		access.Admin: {access.Read, access.Act, access.Steer, access.Metrics}}
	for path, item := range description(t).Paths.Map() {
		for method, operation := range item.Operations() {
			var named []string
			if operation.Security != nil && len(*operation.Security) > 0 {
				named = (*operation.Security)[0]["bearer"]
			}
			forAll := operation.OperationID == "getDescription"
			if !forAll && (len(named) != 1 || !slices.Contains(roles, access.Role(named[0]))) {
				t.Errorf("%s %s: openapi.json does not name its role; add for example \"security\": [{\"bearer\": [\"read\"]}, {}]", method, path)
				continue
			}
			if operation.Responses.Value("429") == nil {
				t.Errorf("%s %s: openapi.json does not have the 429 of TooManyWrongTokens", method, path)
			}
			for _, role := range roles {
				allowed := forAll || string(role) == named[0] || slices.Contains(includes[role], access.Role(named[0]))
				answer := as(served, string(role), method, strings.NewReplacer("{bot}", "a", "{chat}", "c").Replace(path))
				if refused := answer.Code == http.StatusForbidden; refused == allowed ||
					refused && !strings.Contains(answer.Body.String(), "role-missing") {
					t.Errorf("%s %s as %s: %d %s", method, path, role, answer.Code, answer.Body)
				}
			}
		}
	}
}

func TestNoOperationShowsALimitedClientTheBotsOfOthers(t *testing.T) {
	served := serveRoles(t, "mine", "theirs")
	for path, item := range description(t).Paths.Map() {
		for method := range item.Operations() {
			theirs := as(served, "mine", method, strings.NewReplacer("{bot}", "theirs", "{chat}", "c").Replace(path))
			nobody := as(served, "mine", method, strings.NewReplacer("{bot}", "nobody", "{chat}", "c").Replace(path))
			ofBot := strings.Contains(path, "{bot}")
			if ofBot && (theirs.Code != http.StatusForbidden || theirs.Body.String() != nobody.Body.String()) {
				t.Errorf("%s %s: %d %s, and %s for a bot that is not there", method, path, theirs.Code, theirs.Body, nobody.Body)
			}
			if shown := theirs.Body.String(); !ofBot && path != "/openapi.json" && strings.Contains(shown, "theirs") {
				t.Errorf("%s %s shows %s", method, path, shown)
			}
		}
	}
	if whole := as(served, "read", "GET", "/v1/bots").Body.String(); !strings.Contains(whole, "theirs") {
		t.Errorf("an unlimited client sees %s", whole)
	}
	if own := as(served, "mine", "GET", "/v1/bots").Body.String(); !strings.Contains(own, `"name":"mine"`) {
		t.Errorf("the client sees %s", own)
	}
	if counted := as(served, "mine", "GET", "/v1/daemon").Body.String(); !strings.Contains(counted, `"bots":{"disabled":1}`) {
		t.Errorf("the client is told %s", counted)
	}
	if own := as(served, "mine", "GET", "/v1/bots/mine"); own.Code != http.StatusOK {
		t.Errorf("its own bot is answered %d", own.Code)
	}
}

func TestTheStreamOfEventsKeepsToTheBotsThatItsClientSees(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		served := serveRoles(t, "mine", "theirs")
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		request := httptest.NewRequestWithContext(ctx, http.MethodGet, "/v1/events", nil)
		request.Header.Set("Authorization", "Bearer mine")
		answer := httptest.NewRecorder()
		served.ServeHTTP(answer, request)
		text := answer.Body.String()
		for _, want := range []string{`"mine"`, "event: synced", "event: status", "event: figures"} {
			if !strings.Contains(text, want) {
				t.Errorf("the stream lacks %s", want)
			}
		}
		if strings.Contains(text, "theirs") {
			t.Errorf("the stream says %s", text)
		}
	})
}
