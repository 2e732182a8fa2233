package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"hermod/wire"
)

func TestASecretShowsItselfNowhere(t *testing.T) {
	const s = wire.Secret("tr0ub4dor")
	holder := struct {
		S wire.Secret
		M map[string]wire.Secret
		P *wire.Secret
	}{S: s, M: map[string]wire.Secret{"a": s}}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", s, "holder", holder, "list", []wire.Secret{s})
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s, "holder", holder, "list", []wire.Secret{s})
	encoded, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	shown := []string{log.String(), string(encoded)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10s", "%T%v"} {
		shown = append(shown, fmt.Sprintf(verb, s), fmt.Sprintf(verb, holder), fmt.Sprintf(verb, []wire.Secret{s}))
	}
	for _, text := range shown {
		if strings.Contains(text, string(s)) || strings.Contains(text, fmt.Sprintf("%x", s.Reveal())) {
			t.Errorf("shown in %s", text)
		}
	}
	if s.String() != "[redacted]" || s.GoString() != "[redacted]" || s.Reveal() != "tr0ub4dor" {
		t.Error("a secret is not what it says")
	}
}

func TestASecretOfWhiteSpaceIsNone(t *testing.T) {
	for secret, valid := range map[wire.Secret]bool{"": true, "x": true, " x ": true, " ": false, "\n\t": false, "\u00a0": false} {
		err := secret.Valid()
		var config *wire.ConfigError
		if (err == nil) != valid || err != nil && (!errors.As(err, &config) || config.Field != "secret") {
			t.Errorf("%d bytes: %v", len(secret), err)
		}
	}
}
