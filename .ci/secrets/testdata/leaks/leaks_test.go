package leaks

import (
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"hermod/wire"
)

// secret is used below, so the search knows that it is one.
const secret = wire.Secret("sesame-of-the-planted-leaks")

func TestMain(m *testing.M) {
	switch os.Getenv(child) {
	case "panics":
		panic("leak-panic " + secret.Reveal())
	case "shown":
		return
	}
	os.Exit(m.Run())
}

func start(t *testing.T, what string, arguments []string, environment ...string) []byte {
	t.Helper()
	command := exec.Command(os.Args[0], arguments...)
	command.Env = append(append(os.Environ(), child+"="+what), environment...)
	output, _ := command.CombinedOutput()
	return output
}

func TestALineBelowDebugThatNoHandlerTakes(t *testing.T) {
	slog.New(slog.DiscardHandler).Log(t.Context(), slog.LevelDebug-4, "dropped", "leak-log", secret.Reveal())
}

func TestAnAttributeOfALogger(*testing.T) {
	slog.New(slog.DiscardHandler).With("leak-with", secret.Reveal())
}

func TestAFieldOfAValueInTheLog(*testing.T) {
	slog.New(slog.DiscardHandler).Debug("dropped", "leak-field", struct{ Key string }{secret.Reveal()})
}

func TestALineOfTheOldLog(*testing.T) {
	log.New(slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo).Writer(), "", 0).Print("leak-oldlog ", secret.Reveal())
}

func TestAnErrorThatIsDropped(*testing.T) {
	_ = fmt.Errorf("leak-error %w", errors.New(secret.Reveal()))
}

func TestAnAnswerAndItsHeader(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/header" {
			w.Header().Set("Leak-Header", secret.Reveal())
			w.WriteHeader(http.StatusNoContent)
			return
		}
		_, _ = io.WriteString(w, "leak_answer{secret=\""+secret.Reveal()+"\"} 1")
	}))
	defer server.Close()
	for _, path := range []string{"/header", "/metrics"} {
		response, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
	}
}

func TestAnAnswerThatARecorderTakes(*testing.T) {
	_, _ = httptest.NewRecorder().WriteString("leak-recorder " + secret.Reveal())
}

func TestAHandlerThatPanics(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic("leak-handler " + secret.Reveal())
	}))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.Start()
	defer server.Close()
	if _, err := http.Get(server.URL); err == nil {
		t.Error("it answered")
	}
}

func TestAProcessThatPanics(t *testing.T) {
	start(t, "panics", nil)
}

func TestACommandLine(t *testing.T) {
	start(t, "shown", []string{"leak-argv=" + secret.Reveal()})
}

func TestTheEnvironmentOfAProcessThatNoTestStarts(t *testing.T) {
	if err := StartWith(os.Args[0], "leak-environment="+secret.Reveal()); err != nil {
		t.Fatal(err)
	}
}

func TestTheNameOfAFile(t *testing.T) {
	if err := os.WriteFile(filepath.Join(t.TempDir(), "leak-file-"+secret.Reveal()), nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestStandardError(*testing.T) {
	fmt.Fprintln(os.Stderr, "leak-stderr", secret.Reveal())
}

func TestATokenOfTheProtocol(*testing.T) {
	token := wire.MintToken("g1", "a secret that is never shown", time.Minute, time.Now())
	slog.New(slog.DiscardHandler).Debug("dropped", "leak-token", token)
}
