package check

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"

	"hermod/wire"
	"hermod/wire/wiretest"
)

func TestOnlyAndSkipChooseChecks(t *testing.T) {
	suite := &Suite{checks: []Check{{Name: "a.x", run: fine}, {Name: "a.y", run: fine}, {Name: "b.x", run: fine}}}
	var seen []string
	report := suite.Run(t.Context(), Options{Only: []string{"a.*"}, Skip: []string{"*.y"},
		Each: func(r Result) { seen = append(seen, r.Name) }})
	if len(report.Results) != 1 || strings.Join(seen, " ") != "a.x" {
		t.Errorf("ran %v, told %v", report.Results, seen)
	}
	for _, pattern := range []string{"c.*", "[", "b"} {
		if err := suite.Validate(Options{Skip: []string{pattern}}); err == nil || !strings.Contains(err.Error(), pattern) {
			t.Errorf("the pattern %q: %v", pattern, err)
		}
	}
	if err := suite.Validate(Options{Only: []string{"a.*"}, Skip: []string{"b.?"}}); err != nil {
		t.Error(err)
	}
}

func fine(context.Context, *probe) {}

func TestSlowAndDestructiveChecksWaitForTheirFlag(t *testing.T) {
	suite := &Suite{checks: []Check{{Name: "a.slow", Slow: true, run: fine}, {Name: "a.harm", Destructive: true, run: fine}}}
	for _, r := range suite.Run(t.Context(), Options{}).Results {
		if r.Verdict != NotApplicable || !strings.Contains(r.Reason, "--") {
			t.Errorf("%+v", r)
		}
	}
	if n := suite.Run(t.Context(), everything).Count(OK); n != 2 {
		t.Errorf("%d of 2 ran", n)
	}
}

// A peer that never says anything ends no check, so every check must end itself.
func TestEveryCheckEndsThoughThePeerIsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listener := wiretest.NewListener()
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				defer func() { _ = conn.Close() }()
			}
		}()
		defer func() { _ = listener.Close() }()
		report := runConnector(t, ConnectorTarget{URL: "ws://memory", Dial: listener.Dial}, everything)
		for _, r := range report.Results {
			if r.Verdict == OK || r.Seconds > 130 {
				t.Errorf("%s is %s after %.0f s", r.Name, r.Verdict, r.Seconds)
			}
		}
	})
}

// A peer that floods is read until a bound, and ends no check.
func TestAPeerThatFloodsIsReadUpToABound(t *testing.T) {
	for name, flood := range map[string][]byte{
		"frames":  bytes.Repeat([]byte(`{"type":"inbound","event":{}}`+"\n"), 2000),
		"bytes":   []byte(`{"type":"x","x":"` + strings.Repeat("x", 8<<20) + "\"}\n"),
		"strange": bytes.Repeat([]byte("\n"), 4000),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := wiretest.Pipe(1 << 20)
				l := newLink(ours, nil, true, &transcript{})
				l.start()
				defer l.hangUp()
				go func() {
					for ws.WriteFrame(theirs, ws.NewTextFrame(flood)) == nil {
					}
				}()
				p := &probe{transcript: &transcript{}, ctx: t.Context()}
				p.settle(l, time.Second)
				if len(l.seen) > maxSeen || l.held > maxHeld+maxMessage || len(l.irregular) > maxOddities {
					t.Errorf("it keeps %d frames, %d bytes and %d oddities", len(l.seen), l.held, len(l.irregular))
				}
			})
		})
	}
}

func TestAnEndedRunLeavesOutTheRest(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	suite := &Suite{checks: []Check{{Name: "a.x", run: func(context.Context, *probe) { cancel() }}, {Name: "a.y", run: fine}}}
	if report := suite.Run(ctx, Options{}); len(report.Results) != 1 {
		t.Errorf("%d checks ran", len(report.Results))
	}
}

func TestAJUnitReportHasFailuresAndSkips(t *testing.T) {
	report := Report{Results: []Result{
		{Name: "a.ok", Verdict: OK, Seconds: 1.5},
		{Name: "a.bad", Verdict: Broken, Reason: "it <came>", Expected: "x", Sent: []string{"s1"}, Came: []string{"\x00"}},
		{Name: "a.na", Verdict: NotApplicable, Reason: "no chat"},
	}}
	var out bytes.Buffer
	if err := report.WriteJUnit(&out, "suite"); err != nil {
		t.Fatal(err)
	}
	var read junitSuites
	if err := xml.Unmarshal(out.Bytes(), &read); err != nil {
		t.Fatal(err)
	}
	s := read.Suite
	if s.Tests != 3 || s.Failures != 1 || s.Skipped != 1 || s.Time != "1.500" ||
		s.Cases[1].Failure.Message != "it <came>" || !strings.Contains(s.Cases[1].Failure.Text, "s1") ||
		s.Cases[2].Skipped.Message != "no chat" || s.Cases[0].Failure != nil {
		t.Errorf("it is %s", out.String())
	}
}

func TestATargetThatCannotBeNamesItsField(t *testing.T) {
	listener := wiretest.NewListener()
	defer func() { _ = listener.Close() }()
	for field, err := range map[string]error{
		"url":       errorOf(Connector(ConnectorTarget{URL: "ftp://h"})),
		"GatewayID": errorOf(Connector(ConnectorTarget{URL: "ws://h", GatewayID: "g"})),
		"Secret":    errorOf(Connector(ConnectorTarget{URL: "ws://h", GatewayID: "g", Secret: " "})),
		"Listener":  errorOf(Gateway(GatewayTarget{})),
		"Wait":      errorOf(Gateway(GatewayTarget{Listener: listener, Wait: -time.Second})),
	} {
		var config *wire.ConfigError
		if !errors.As(err, &config) || config.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func errorOf(_ *Suite, err error) error { return err }

// The evidence shows what was sent, and never a token.
func TestNoResultHoldsATokenOrASecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, fault := range []string{"refuses a valid token", "does not verify signatures", "issues a blank secret",
			"withholds a secret that it tells", "enrols without a delivery key", "lets in a revoked gateway"} {
			report := runConnector(t, startFakeConnector(t, fault).target(), everything)
			for _, r := range report.Results {
				text := r.Reason + r.Evidence()
				for _, hidden := range []string{fakeSecret.Reveal(), oldSecret.Reveal(), ownerToken.Reveal() + `"`,
					oneTimeToken.Reveal() + `"`, enrolledSecret.Reveal(), "Bearer ", wire.MintToken("g:1", "", 0, time.Now())[:5]} {
					if strings.Contains(text, hidden) {
						t.Errorf("%s shows %q: %s", r.Name, hidden, text)
					}
				}
			}
		}
	})
}

// A stage plays a connector on an address that others may reach too.
func TestNobodyGetsAGatewaysSecretWithoutTheTokenOfTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listener := wiretest.NewListener()
		suite, err := Gateway(GatewayTarget{Listener: listener, GatewayID: "g:1", Secret: fakeSecret,
			EnrollmentToken: oneTimeToken})
		if err != nil {
			t.Fatal(err)
		}
		defer suite.Close()
		g := &fakeGateway{ctx: t.Context(), dial: listener.Dial}
		ask := func(path, authorization, body string) string {
			request, err := http.NewRequest(http.MethodPost, "http://memory"+path, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Authorization", authorization)
			response, err := g.client().Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = response.Body.Close() }()
			said, _ := io.ReadAll(response.Body)
			return fmt.Sprint(response.StatusCode, " ", string(said))
		}
		const token = `"enrollmentToken":"once"`
		for name, said := range map[string]string{
			"another token":   ask(wire.EnrollPath, "Bearer x", `{"enrollmentToken":"twice","gatewayId":"g:1"}`),
			"an empty token":  ask(wire.EnrollPath, "Bearer x", `{"enrollmentToken":"","gatewayId":"g:1"}`),
			"no identity":     ask(wire.EnrollPath, "", `{`+token+`,"gatewayId":"g:1"}`),
			"another gateway": ask(wire.EnrollPath, "Bearer x", `{`+token+`,"gatewayId":"g:2"}`),
			"a provisioning":  ask(wire.ProvisionPath, "Bearer x", `{"gatewayId":"g:1","platform":"telegram"}`),
		} {
			if !strings.HasPrefix(said, "40") || strings.Contains(said, fakeSecret.Reveal()) {
				t.Errorf("%s: %s", name, said)
			}
		}
		if said := ask(wire.EnrollPath, "Bearer x", `{`+token+`,"gatewayId":"g:1"}`); !strings.Contains(said, fakeSecret.Reveal()) {
			t.Errorf("the right one: %s", said)
		}
	})
}

func TestAFrameIsShownOnOneShortLine(t *testing.T) {
	for name, tc := range map[string]struct{ payload, want string }{
		"a line":        {"{\"a\":1}\n", `{"a":1}`},
		"two lines":     {"a\nb\n", `"a\nb"`},
		"a control":     {"\x1b[31m", `"\x1b[31m"`},
		"bytes":         {"\xff", `"\xff"`},
		"nothing":       {"", `""`},
		"a long line":   {strings.Repeat("ü", 300) + "\n", strings.Repeat("ü", 200) + "… (601 bytes)"},
		"a huge string": {strings.Repeat("x", 1<<20), strings.Repeat("x", 200) + "… (1048576 bytes)"},
	} {
		if got := shown([]byte(tc.payload)); got != tc.want {
			t.Errorf("%s is shown as %s", name, got)
		}
	}
}
