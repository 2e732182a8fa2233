package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"

	json "github.com/goccy/go-json"

	"hermod/check"
	"hermod/cmd/hermod/internal/cli"
)

// injectTime bounds one injection, and one command of a flag.
const injectTime = 20 * time.Second

// maxInjectAnswer bounds what is shown of an injection that failed, in bytes.
const maxInjectAnswer = 300

type injector func(ctx context.Context, kind check.Kind, object json.RawMessage) error

// injector is how the connector is made to deliver, nil if no flag says it.
func (f *checkConnectorFlags) injector() (injector, error) {
	switch {
	case f.devURL != "" && f.inject != "":
		return nil, cli.UsageError("--dev-url and --inject are two ways of the same; give one of them")
	case f.inject != "":
		return f.injectWithCommand, nil
	case f.devURL == "":
		return nil, nil
	}
	base, err := url.Parse(f.devURL)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return nil, cli.UsageError("--dev-url is no http or https URL; use for example http://127.0.0.1:8466")
	}
	return f.injectOverHTTP, nil
}

// injectOverHTTP uses the control API of a Hermod connector.
func (f *checkConnectorFlags) injectOverHTTP(ctx context.Context, kind check.Kind, object json.RawMessage) error {
	body := map[string]json.RawMessage{}
	switch kind {
	case check.Inbound:
		body["event"] = object
	case check.Passthrough:
		body["forward"] = object
	default:
		if err := json.Unmarshal(object, &body); err != nil {
			return err
		}
	}
	if f.gatewayID != "" {
		id, err := json.Marshal(f.gatewayID)
		if err != nil {
			return err
		}
		body["gateway"] = id
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, injectTime)
	defer cancel()
	target := strings.TrimRight(f.devURL, "/") + "/dev/" + string(kind)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	said, _ := io.ReadAll(io.LimitReader(response.Body, maxInjectAnswer))
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the control API answered %s: %s", response.Status, bytes.TrimSpace(said))
	}
	return nil
}

// injectWithCommand runs the user's command.
func (f *checkConnectorFlags) injectWithCommand(ctx context.Context, kind check.Kind, object json.RawMessage) error {
	return runShell(ctx, "--inject", f.inject, "HERMOD_CHECK_KIND="+string(kind), append(object, '\n'))
}

// runShell runs the command of a flag, and says what it said if it failed.
func runShell(ctx context.Context, flag, command, variable string, stdin []byte) error {
	ctx, cancel := context.WithTimeout(ctx, injectTime)
	defer cancel()
	shell := exec.CommandContext(ctx, "sh", "-c", command)
	shell.Env = append(os.Environ(), variable)
	shell.Stdin = bytes.NewReader(stdin)
	shell.WaitDelay = time.Second
	said, err := shell.CombinedOutput()
	if err != nil {
		return fmt.Errorf("the command of %s: %w: %s", flag, err, bytes.TrimSpace(said[:min(len(said), maxInjectAnswer)]))
	}
	return nil
}
