package config

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"hermod/cmd/hermod/internal/cli"
	"hermod/wire"
)

// longest bounds every duration: more than a day is taken for a mistake.
const longest = 24 * time.Hour

// checkDurations finds durations that are zero, too long, or beyond what Go can count.
func (s schema) checkDurations(n *node, part map[string]any, path []string) []Problem {
	var problems []Problem
	for i, item := range n.list {
		problems = append(problems, s.checkDurations(item, inner(part, "0"), append(path, strconv.Itoa(i)))...)
	}
	for key, entry := range n.fields {
		problems = append(problems, s.checkDurations(entry.value, inner(part, key), append(path, key))...)
	}
	if part["$ref"] != "#/$defs/duration" {
		return problems
	}
	wrong := ""
	switch d, err := time.ParseDuration(fmt.Sprint(n.scalar)); {
	case err != nil || d > longest:
		wrong = "is longer than 24h"
	case d == 0:
		wrong = "is zero"
	default:
		return problems
	}
	return append(problems, Problem{At: n.at, Key: keyOf(path), Wrong: wrong, Remedy: s.example(path, "write")})
}

// checker finds what a schema cannot say, resolves secrets, and makes paths absolute.
type checker struct {
	schema   schema
	root     *node
	env      environment
	source   *source
	cfg      *Config
	problems []Problem
}

func (c *checker) wrong(wrong, remedy string, path ...string) {
	c.problems = append(c.problems, Problem{At: c.root.find(path...).at, Key: keyOf(path), Wrong: wrong, Remedy: remedy})
}

// placeOf names a bot by its key in its own file, and where that is.
func (c *checker) placeOf(path ...string) string {
	at := c.root.find(path...).at
	return fmt.Sprintf("%s at %s", c.source.localKey(Problem{Key: keyOf(path)}), at)
}

func (c *checker) note(format string, args ...any) {
	c.cfg.Notes = append(c.cfg.Notes, fmt.Sprintf(format, args...))
}

func (c *checker) check() {
	c.checkHTTP(&c.cfg.HTTP)
	c.checkTracing(c.cfg.Tracing)
	if len(c.cfg.Bots) == 0 {
		c.note(NoBots)
	}
	names, links := make(map[string]string), new(links)
	for i, bot := range c.cfg.Bots {
		at := bots(i)
		b := &botChecker{checker: c, bot: bot, index: i}
		if first, taken := names[bot.Name]; taken {
			c.wrong(fmt.Sprintf("%q is also the name of %s", bot.Name, first), "give each bot a name of its own", at("name")...)
		} else {
			names[bot.Name] = c.placeOf(at()...)
		}
		b.check()
		links.add(bot)
	}
	links.note(c)
	c.checkGateways()
	c.checkState()
	c.checkDeadLetters()
}

// bots returns a function that makes paths into the bot of that index.
func bots(index int) func(names ...string) []string {
	return func(names ...string) []string { return join([]string{"bots", strconv.Itoa(index)}, names...) }
}

func (c *checker) checkHTTP(h *HTTP) {
	c.checkTokens(h)
	c.checkProxies(h)
	tokens := h.Token != nil || len(h.Tokens) > 0
	c.checkListener(listening{section: "http", listen: &h.Listen, tls: h.TLS, auth: &h.Auth, public: &h.Public,
		tokens: tokens, everybody: "controls every bot"})
	if h.Pprof && h.Listen != Off && h.Auth != AuthRequired && !h.TLS.asksClients() {
		c.wrong("is on, but nobody has to show a token; profiles may hold secrets", "set http.token: {file: PATH}, or take pprof out", "http", "pprof")
	}
	m := &c.cfg.Metrics
	c.checkListener(listening{section: "metrics", listen: &m.Listen, tls: m.TLS, auth: &m.Auth, public: &m.Public,
		tokens: tokens, everybody: "reads the metrics of every bot"})
	if m.Listen == h.Listen && m.Listen != Off && !strings.HasSuffix(m.Listen, ":0") {
		c.wrong("is the address of http.listen too", "give it another port, or take it out: http.listen serves metrics as well", "metrics", "listen")
	}
}

func (c *checker) checkTracing(t Tracing) {
	if t.Endpoint == "" {
		return
	}
	switch parsed, err := url.Parse(t.Endpoint); {
	case err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https":
		c.wrong("is not an http or https URL", c.schema.example([]string{"tracing", "endpoint"}, "write"), "tracing", "endpoint")
	case parsed.User != nil:
		c.wrong("holds a user or password", "take them out; OTEL_EXPORTER_OTLP_HEADERS holds what the collector asks for", "tracing", "endpoint")
	}
}

// checkState finds the state folder: the one that is named here or by the service manager. A bot that may be issued
// credentials needs one in any case.
func (c *checker) checkState() {
	issued := slices.ContainsFunc(c.cfg.Bots, func(b *Bot) bool { return b.Enroll != nil || b.Provision != nil })
	issued = issued || c.cfg.Gateways.Durable && c.cfg.Behind()
	switch {
	case c.cfg.State != "":
		c.cfg.State = c.absolute(c.cfg.State, "state")
		return
	case !issued && c.env["STATE_DIRECTORY"] == "":
		return
	}
	var err error
	if c.cfg.State, err = defaultState(c.env); err != nil {
		c.wrong("is missing, and there is no home folder to take instead", "add for example state: /var/lib/hermod", "state")
	}
}

// defaultState is the service manager's folder, or where the XDG base directory rules put a program's state.
func defaultState(env environment) (string, error) {
	if folder, _, _ := strings.Cut(env["STATE_DIRECTORY"], ":"); folder != "" {
		return folder, nil
	}
	if base := env["XDG_STATE_HOME"]; filepath.IsAbs(base) {
		return filepath.Join(base, "hermod"), nil
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".local", "state", "hermod"), err
}

// botChecker checks one bot.
type botChecker struct {
	*checker
	bot   *Bot
	index int
}

func (b *botChecker) wrong(wrong, remedy string, names ...string) {
	b.checker.wrong(wrong, remedy, bots(b.index)(names...)...)
}

func (b *botChecker) missing(name string) {
	path := bots(b.index)(name)
	b.wrong("is missing", b.schema.example(path, "add")+", or set it in defaults", name)
}

func (b *botChecker) check() {
	if b.bot.URL == "" {
		b.missing("url")
	} else if _, err := wire.DialURL(b.bot.URL); err != nil {
		b.wrong(strings.TrimPrefix(err.Error(), "wire: url: "), "write for example url: wss://connector.example", "url")
	}
	b.checkIdentities()
	b.secret(b.bot.Secret, bots(b.index)("secret")...)
	b.renewable(b.bot.IdentityToken, bots(b.index)("identity_token")...)
	b.checkIdentityProvider()
	if key := b.bot.DeliveryKeyGiven; key != nil {
		b.secret(key, bots(b.index)("delivery_key")...)
		b.bot.DeliveryKey = key.Reveal()
	}
	b.checkCredentials()
	b.checkTiming()
	b.checkTLS()
	b.checkDelivery()
	b.checkBoot()
}

func (b *botChecker) checkIdentities() {
	if len(b.bot.Identities) == 0 {
		b.missing("identities")
	}
	seen := make(map[Identity]bool)
	for i, identity := range b.bot.Identities {
		if seen[identity] {
			b.wrong("is there twice", "keep one of the two", "identities", strconv.Itoa(i))
		}
		seen[identity] = true
		if known := wire.KnownPlatforms(); !slices.Contains(known, identity.Platform) {
			hint := ""
			if meant := cli.Nearest(identity.Platform, known); meant != "" {
				hint = "; did you mean " + meant + "?"
			}
			b.note("bot %s: platform %q is not one of the known platforms%s", b.bot.Name, identity.Platform, hint)
		}
	}
}

func (b *botChecker) checkCredentials() {
	issued := b.bot.Enroll != nil || b.bot.Provision != nil
	proved := b.bot.IdentityToken != nil || b.bot.IdentityProvider != nil
	switch {
	case b.bot.GatewayID == "" && b.bot.Secret != nil:
		b.wrong("is there without gateway_id", "add gateway_id, which the secret belongs to, or take the secret out", "secret")
	case b.bot.GatewayID == "" && issued:
		b.wrong("is missing, but the connector is to issue credentials for it", "add for example gateway_id: g1", "gateway_id")
	case b.bot.Enroll != nil && !proved:
		b.wrong("is there without identity_token, which proves whose gateway it is", "add identity_token: {file: PATH}", "enroll")
	case b.bot.Provision != nil && b.bot.Secret == nil && !proved:
		b.wrong("is there without anything that proves whose gateway it is", "add identity_token: {file: PATH}, or secret", "provision")
	case b.bot.GatewayID != "" && b.bot.Secret == nil && !issued:
		b.wrong("is there without secret", "add secret: {file: PATH}, or take gateway_id out to dial without a token", "gateway_id")
	}
}

func (b *botChecker) checkTiming() {
	t := b.bot.Timing
	if t.MaxBackoff.Duration < t.Backoff.Duration {
		b.wrong("is shorter than backoff", "raise it to at least "+t.Backoff.String(), "timing", "max_backoff")
	}
	if t.PongTimeout.Duration < t.PingInterval.Duration {
		b.wrong("is shorter than ping_interval, so that no pong could come in time", "raise it to at least "+t.PingInterval.String(), "timing", "pong_timeout")
	}
}

func (b *botChecker) checkTLS() {
	t := b.bot.TLS
	b.file(&t.CAFile, "tls", "ca_file")
	b.file(&t.CertFile, "tls", "cert_file")
	b.file(&t.KeyFile, "tls", "key_file")
	switch {
	case t.CertFile != "" && t.KeyFile == "":
		b.wrong("is there without key_file", "add key_file, the key of the certificate", "tls", "cert_file")
		return
	case t.CertFile == "" && t.KeyFile != "":
		b.wrong("is there without cert_file", "add cert_file, the certificate of the key", "tls", "key_file")
		return
	}
	if _, err := t.load(); err != nil {
		b.wrong("cannot be used: "+reasonOf(err), "name readable PEM files", "tls")
	}
}

func (b *botChecker) checkDelivery() {
	switch d := b.bot.Deliver; {
	case d.Webhook != nil:
		b.httpURL(d.Webhook.URL, "deliver", "webhook", "url")
		if d.Webhook.DeadLetterURL != "" {
			b.httpURL(d.Webhook.DeadLetterURL, "deliver", "webhook", "dead_letter_url")
			b.checkDeadLetterURL(d.Webhook)
		}
		b.secret(d.Webhook.Secret, bots(b.index)("deliver", "webhook", "secret")...)
		b.checkSigning(d.Webhook)
		b.checkPatience(d.Webhook)
	case d.Process != nil:
		d.Process.Directory = b.folderOf(bots(b.index)("deliver", "process", "command")...)
		for name, variable := range d.Process.Env {
			b.secret(variable.Secret, bots(b.index)("deliver", "process", "env", name)...)
		}
		program := d.Process.Command[0]
		if strings.ContainsRune(program, filepath.Separator) {
			program = b.absolute(program, bots(b.index)("deliver", "process", "command")...)
		}
		if _, err := exec.LookPath(program); err != nil {
			b.wrong(fmt.Sprintf("%.60q is no program that can be run", d.Process.Command[0]),
				"install it, give its path, or make it executable", "deliver", "process", "command", "0")
		}
	case d.Relay != nil:
		b.checkRelay(d.Relay)
	case d.Kind() == "":
		b.wrong("is missing, so events would have nowhere to go", "add for example deliver: {stream: {}}, or set it in defaults", "deliver")
	}
}

func (b *botChecker) checkBoot() {
	if e := b.bot.Enroll; e != nil {
		b.secret(e.Token, bots(b.index)("enroll", "token")...)
	}
	if p := b.bot.Provision; p != nil {
		if p.Endpoint != "" {
			b.httpURL(p.Endpoint, "provision", "endpoint")
		}
		if p.WakeURL != "" {
			b.httpURL(p.WakeURL, "provision", "wake_url")
		}
	}
}

func (b *botChecker) httpURL(raw string, names ...string) {
	parsed, err := url.Parse(raw)
	switch {
	case err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https":
		b.wrong("is not an http or https URL", b.schema.example(bots(b.index)(names...), "write"), names...)
	case parsed.User != nil:
		b.wrong("holds a user or password", "take them out; requests are signed instead", names...)
	}
}

// file makes a path absolute and has changes of the file noticed.
func (b *botChecker) file(path *string, names ...string) {
	if *path != "" {
		*path = b.absolute(*path, bots(b.index)(names...)...)
		b.cfg.readFrom(*path)
	}
}
