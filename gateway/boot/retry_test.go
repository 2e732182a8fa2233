package boot_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hermod/gateway/boot"
	"hermod/wire"
)

const issued = `{"secret":"canary-new","deliveryKey":"canary-key2","tenant":"acme","gatewayId":"g1","routeKeys":[]}`

func TestEnrollTriesUntilTheConnectorIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []transport{failing(errors.New("connection refused")), status(503, `{"error":"starting canary-identity"}`),
			status(429, ""), status(502, "<html>"), status(200, issued)}}
		var retries []boot.Retry
		client := newClient(t, s, func(cfg *boot.Config) {
			cfg.OnRetry = func(r boot.Retry) { retries = append(retries, r); expectNoSecret(t, r.Err) }
		})
		begun := time.Now()
		got, err := client.Enroll(t.Context(), token)
		if err != nil || got.Secret.Reveal() != "canary-new" {
			t.Fatalf("enrolled %v, %v", got, err)
		}
		var total time.Duration
		for i, r := range retries {
			rung := time.Second << i
			if r.Try != i+1 || r.Delay < rung/2 || r.Delay > rung || r.Doing != "enrol gateway g1" {
				t.Errorf("retry %d: %+v", i, r)
			}
			total += r.Delay
		}
		if len(retries) != 4 || time.Since(begun) != total {
			t.Fatalf("%d retries in %v, which told of %v", len(retries), time.Since(begun), total)
		}
		r := s.requests[0]
		if r.URL.String() != "https://connector.example/base/relay/enroll" || r.Header.Get("Authorization") != "Bearer "+identity ||
			s.bodies[4] != `{"enrollmentToken":"canary-enrolment","gatewayId":"g1"}` {
			t.Fatalf("asked %s with %q", r.URL, s.bodies[4])
		}
	})
}

func TestContextEndsTheTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []transport{status(503, "")}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		_, err := newClient(t, s, nil).Enroll(ctx, token)
		var gaveUp *boot.GaveUpError
		var last *boot.StatusError
		if !errors.As(err, &gaveUp) || !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &last) ||
			last.Status != 503 {
			t.Fatalf("got %v", err)
		}
		// Beyond the ladder's fifth rung the delays lie between 15 and 30 s.
		if gaveUp.Tries < 120 || gaveUp.Tries > 250 {
			t.Fatalf("%d tries in an hour", gaveUp.Tries)
		}
	})
}

func TestTryThatHangsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []transport{hanging, status(200, issued)}}
		begun := time.Now()
		if _, err := newClient(t, s, nil).Enroll(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begun); took < 15*time.Second || took > 16*time.Second {
			t.Fatalf("took %v", took)
		}
	})
}

func TestRetryAfterLengthensADelayWithinTheBound(t *testing.T) {
	for header, want := range map[string][2]time.Duration{
		"20":   {20 * time.Second, 20 * time.Second},
		"3600": {30 * time.Second, 30 * time.Second},
		"0":    {time.Second / 2, time.Second},
		"soon": {time.Second / 2, time.Second},
		"-5":   {time.Second / 2, time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &script{steps: []transport{status(429, "", "Retry-After", header), status(200, issued)}}
			begun := time.Now()
			if _, err := newClient(t, s, nil).Enroll(t.Context(), token); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(begun); took < want[0] || took > want[1] {
				t.Errorf("Retry-After %s: tried again after %v", header, took)
			}
		})
	}
}

func TestRefusalIsFinalAndSaysWhatToDo(t *testing.T) {
	for code, hint := range map[int]string{
		301: "configure its new URL", 307: "configure its new URL", 400: "check the configuration", 401: "identity token",
		403: "enrolment token", 404: "check the URL", 405: "check the URL", 409: "check the configuration",
		413: "too large", 422: "check the configuration", 501: "check the URL",
	} {
		s := &script{steps: []transport{status(code, `{"error":"no: canary-enrolment\nand canary-identity"}`, "Location", "https://elsewhere.example/")}}
		_, err := newClient(t, s, nil).Enroll(t.Context(), token)
		var refused *boot.RefusedError
		if !errors.As(err, &refused) || refused.Status != code || !strings.Contains(refused.Hint, hint) ||
			refused.Reason != "no: [redacted] and [redacted]" || len(s.requests) != 1 {
			t.Errorf("%d: %v after %d requests", code, err, len(s.requests))
		}
		expectNoSecret(t, err)
	}
}

func TestEnrolmentTokenThatALostAnswerMayHaveSpentIsSaidSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []transport{failing(errors.New("connection reset")), status(403, `{"error":"spent"}`)}}
		_, err := newClient(t, s, nil).Enroll(t.Context(), token)
		if err == nil || !strings.Contains(err.Error(), "an earlier try whose answer was lost") {
			t.Fatal(err)
		}
	})
}

func TestAnswerThatIsNoneIsAnError(t *testing.T) {
	for name, body := range map[string]string{"a page": "<html>canary", "no secret": `{"secret":" ","tenant":"acme"}`, "withheld": `{"secretIssued":false}`} {
		s := &script{steps: []transport{status(200, body)}}
		_, err := newClient(t, s, nil).Enroll(t.Context(), token)
		var bad *wire.BodyError
		if !errors.As(err, &bad) && !errors.Is(err, boot.ErrNoCredentials) || len(s.requests) != 1 {
			t.Errorf("%s: %v", name, err)
		}
		expectNoSecret(t, err)
	}
}

func TestAnswerBeyondTheBoundIsNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []transport{status(200, strings.Repeat("x", wire.MaxBody+1)), status(200, issued)}}
		if _, err := newClient(t, s, nil).Enroll(t.Context(), token); err != nil || len(s.requests) != 2 {
			t.Fatalf("%v after %d requests", err, len(s.requests))
		}
	})
}

func TestIdentityIsAskedForAtEveryTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		s := &script{steps: []transport{status(503, ""), status(200, issued)}}
		client := newClient(t, s, func(cfg *boot.Config) {
			cfg.Identity = func(context.Context) (wire.Secret, error) {
				if asked++; asked == 1 {
					return "", errors.New("the issuer is away")
				}
				return identity, nil
			}
		})
		if _, err := client.Enroll(t.Context(), token); err != nil || asked != 3 || len(s.requests) != 2 {
			t.Fatalf("%v: asked %d times, %d requests", err, asked, len(s.requests))
		}
	})
}

func TestNothingToProveTheGatewayWithIsFinal(t *testing.T) {
	s := &script{steps: []transport{status(200, issued)}}
	client := newClient(t, s, noIdentity)
	_, enrolled := client.Enroll(t.Context(), token)
	_, provisioned := client.Provision(t.Context(), wire.Credentials{}, wire.Registration{Platform: "discord"})
	declared := client.DeclarePolicy(t.Context(), wire.Credentials{}, wire.RelevancePolicy{Platform: "discord"})
	for _, err := range []error{enrolled, provisioned, declared} {
		if !errors.Is(err, boot.ErrNoBearer) {
			t.Error(err)
		}
	}
	if len(s.requests) != 0 {
		t.Fatal("the connector was asked all the same")
	}
}

func TestWrongConfigurationIsReportedWhole(t *testing.T) {
	_, err := boot.New(boot.Config{URL: "ftp://canary", Timeout: -1, MediaTimeout: -1, Backoff: -1, MaxBackoff: -1})
	for _, field := range []string{"url", "GatewayID", "Timeout", "MediaTimeout", "Backoff", "MaxBackoff"} {
		if err == nil || !strings.Contains(err.Error(), field+":") {
			t.Errorf("%s is missing in %v", field, err)
		}
	}
	expectNoSecret(t, err)
	if _, err := newClient(t, http.DefaultTransport, nil).Enroll(t.Context(), "  "); err == nil {
		t.Error("a blank token was taken")
	}
}
