package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hermod/cmd/hermod/internal/config"
)

// head is a good file but for its bot, which begins at line 4.
const head = "defaults:\n  deliver: {stream: {}}\nbots:\n"

// bot is a good bot in one line.
const bot = "  - {name: a, url: 'ws://h', identities: [{platform: telegram}]}\n"

// with is a good bot with one more entry, at line 5.
func with(entry string) string {
	return head + "  - {name: a, url: 'ws://h', identities: [{platform: telegram}],\n     " + entry + "}\n"
}

func TestEveryMistakeNamesItsPlaceAndTheRemedy(t *testing.T) {
	tests := []struct {
		name, file, env string
		at, key, remedy string // at is LINE:COLUMN, or a variable
	}{
		{"empty file", "# nothing\n", "", "", "", "begin with bots:"},
		{"not YAML", "bots: [\n", "", "1:7", "", "brackets"},
		{"bad indentation", "bots:\n  - name: a\n   url: b\n", "", "3:4", "", "indentation"},
		{"tab", "bots:\n\t- name: a\n", "", "2:1", "", "indentation"},
		{"two documents", head + bot + "---\nbots: []\n", "", "6:5", "", "one document"},
		{"key twice", with("name: b"), "", "5:6", "", "keep one"},
		{"unknown alias", head + "  - *a\n", "", "4:5", "", "mark a value above with &a"},
		{"type tag", with("strategy: !!str terminal"), "", "5:16", "", "leave the tag out"},
		{"root is a list", "- a\n", "", "1:1", "", "map"},
		{"no bots", "log: {level: info}\n", "", "1:1", "bots", "bots:"},
		{"bots is a map", "bots: {a: 1}\n", "", "1:8", "bots", "bots:"},
		{"unknown section", head + bot + "htpp: {}\n", "", "5:1", "htpp", "did you mean http?"},
		{"unknown key of a bot", with("identitys: []"), "", "5:6", "bots[0].identitys", "did you mean identities?"},
		{"unknown key, nothing near", with("colour: red"), "", "5:6", "bots[0].colour", "use one of deliver, delivery_key, enabled"},
		{"unknown key deep inside", with("timing: {dail_timeout: 1s}"), "", "5:15", "bots[0].timing.dail_timeout", "did you mean dial_timeout?"},
		{"key where none belongs", with("deliver: {stream: {size: 1}}"), "", "5:25", "bots[0].deliver.stream.size", "leave it out"},
		{"unknown key of defaults", "defaults: {enabled: false}\nbots: []\n", "", "1:12", "defaults.enabled", "use one of"},
		{"name missing", head + "  - url: ws://h\n", "", "4:5", "bots[0].name", "name: support"},
		{"name with a blank", head + "  - {name: a b}\n", "", "4:12", "bots[0].name", "name: support"},
		{"name twice", head + bot + bot, "", "5:12", "bots[1].name", "name of its own"},
		{"URL missing", head + "  - {name: a, identities: [{platform: telegram}]}\n", "", "4:6", "bots[0].url", "url: wss://connector.example"},
		{"URL of another scheme", head + "  - {name: a, url: 'ftp://h', identities: [{platform: telegram}]}\n", "", "4:20", "bots[0].url", "wss://connector.example"},
		{"URL with a password", head + "  - {name: a, url: 'ws://u:hunter2@h', identities: [{platform: telegram}]}\n", "", "4:20", "bots[0].url", "gateway id and secret"},
		{"URL is a number", head + "  - {name: a, url: 5, identities: [{platform: telegram}]}\n", "", "4:20", "bots[0].url", "url: wss://connector.example"},
		{"URL wrong in defaults", "defaults: {url: 'x', deliver: {stream: {}}}\nbots:\n  - {name: a, identities: [{platform: telegram}]}\n", "", "1:17", "bots[0].url", "wss://"},
		{"identities missing", head + "  - {name: a, url: 'ws://h'}\n", "", "4:6", "bots[0].identities", `"platform":"telegram"`},
		{"identities empty", head + "  - {name: a, url: 'ws://h', identities: []}\n", "", "4:42", "bots[0].identities", `"platform":"telegram"`},
		{"identity without platform", head + "  - {name: a, url: 'ws://h', identities: [{bot_id: '1'}]}\n", "", "4:44", "bots[0].identities[0].platform", "platform: telegram"},
		{"identity twice", head + "  - {name: a, url: 'ws://h', identities: [{platform: x}, {platform: x}]}\n", "", "4:59", "bots[0].identities[1]", "keep one"},
		{"bot id is a number", head + "  - {name: a, url: 'ws://h', identities: [{platform: x, bot_id: 42}]}\n", "", "4:65", "bots[0].identities[0].bot_id", `bot_id: "42"`},
		{"secret in the file", with("gateway_id: g, secret: hunter2"), "", "5:29", "bots[0].secret", "{file: PATH}"},
		{"secret by file and variable", with("gateway_id: g, secret: {file: s, env: S}"), "", "5:30", "bots[0].secret", "keep exactly one of env, file"},
		{"secret by nothing", with("gateway_id: g, secret: {}"), "", "5:29", "bots[0].secret", "choose one of env, file"},
		{"secret literal as a variable's name", with("gateway_id: g, secret: {env: 'hunter2!'}"), "", "5:35", "bots[0].secret.env", "env: BOT_SECRET"},
		{"secret file missing", with("gateway_id: g, secret: {file: gone}"), "", "5:36", "bots[0].secret.file", "create the file"},
		{"secret file is a folder", with("gateway_id: g, secret: {file: .}"), "", "5:36", "bots[0].secret.file", "name the file"},
		{"secret file blank", with("gateway_id: g, secret: {file: blank}"), "", "5:36", "bots[0].secret.file", "write the secret into it"},
		{"secret file open to everybody", with("gateway_id: g, secret: {file: open}"), "", "5:36", "bots[0].secret.file", "chmod 600"},
		{"secret file too large", with("gateway_id: g, secret: {file: large}"), "", "5:36", "bots[0].secret.file", "the secret alone"},
		{"secret variable not set", with("gateway_id: g, secret: {env: GONE}"), "", "5:35", "bots[0].secret.env", "set it"},
		{"secret variable blank", with("gateway_id: g, secret: {env: BLANK}"), "BLANK=  ", "5:35", "bots[0].secret.env", "set the real secret"},
		{"gateway id without secret", with("gateway_id: g"), "", "5:18", "bots[0].gateway_id", "add secret"},
		{"secret without gateway id", with("secret: {file: good}"), "", "5:15", "bots[0].secret", "add gateway_id"},
		{"enrolment without identity", with("gateway_id: g, enroll: {token: {file: good}}"), "", "5:30", "bots[0].enroll", "add identity_token"},
		{"a provider beside a token", with("gateway_id: g, identity_token: {file: good}, identity_provider: {token_url: 'https://h'}, provision: {}"), "", "5:71", "bots[0].identity_provider", "keep one of the two"},
		{"a provider without a URL", with("gateway_id: g, identity_provider: {scope: s}, provision: {}"), "", "5:41", "bots[0].identity_provider", "add for example token_url"},
		{"a client without a secret", with("gateway_id: g, identity_provider: {token_url: 'https://h', client_id: c}, provision: {}"), "", "5:76", "bots[0].identity_provider.client_id", "add client_secret: {file: PATH}"},
		{"a secret without a client", with("gateway_id: g, identity_provider: {token_url: 'https://h', client_secret: {file: good}}, provision: {}"), "", "5:81", "bots[0].identity_provider.client_secret", "add client_id"},
		{"a provider that is no URL", with("gateway_id: g, identity_provider: {token_url: h}, provision: {}"), "", "5:52", "bots[0].identity_provider.token_url", "https://idp.example/token"},
		{"provisioning without a proof", with("gateway_id: g, provision: {display_name: A}"), "", "5:33", "bots[0].provision", "add identity_token"},
		{"enrolment without gateway id", with("enroll: {token: {file: good}}"), "", "4:6", "bots[0].gateway_id", "gateway_id: g1"},
		{"strategy unknown", with("strategy: confrim"), "", "5:16", "bots[0].strategy", "did you mean confirm?"},
		{"yes is no boolean", with("reconnect: yes"), "", "5:17", "bots[0].reconnect", "reconnect: true"},
		{"duration without unit", with("timing: {backoff: 5}"), "", "5:24", "bots[0].timing.backoff", "backoff: 1s"},
		{"duration negative", with("timing: {backoff: -5s}"), "", "5:24", "bots[0].timing.backoff", "backoff: 1s"},
		{"duration zero", with("timing: {backoff: 0s}"), "", "5:24", "bots[0].timing.backoff", "backoff: 1s"},
		{"duration beyond a day", with("timing: {backoff: 25h}"), "", "5:24", "bots[0].timing.backoff", "backoff: 1s"},
		{"duration beyond counting", with("timing: {backoff: 9999999999h}"), "", "5:24", "bots[0].timing.backoff", "backoff: 1s"},
		{"duration of an unknown unit", with("timing: {backoff: 2d}"), "", "5:24", "bots[0].timing.backoff", "backoff: 1s"},
		{"longest delay under the first", with("timing: {backoff: 5s, max_backoff: 2s}"), "", "5:41", "bots[0].timing.max_backoff", "at least 5s"},
		{"pong before the next ping", with("timing: {pong_timeout: 2s}"), "", "5:29", "bots[0].timing.pong_timeout", "at least 30s"},
		{"bound too small", with("limits: {max_frame: 1000}"), "", "5:26", "bots[0].limits.max_frame", "at least 1048576"},
		{"bound too large", with("limits: {tries: 1000}"), "", "5:22", "bots[0].limits.tries", "at most 100"},
		{"bound a fraction", with("limits: {tries: 1.5}"), "", "5:22", "bots[0].limits.tries", "tries: 3"},
		{"authority missing", with("tls: {ca_file: gone}"), "", "5:12", "bots[0].tls", "readable PEM"},
		{"authority is no PEM", with("tls: {ca_file: good}"), "", "5:12", "bots[0].tls", "readable PEM"},
		{"certificate without key", with("tls: {cert_file: good}"), "", "5:23", "bots[0].tls.cert_file", "add key_file"},
		{"key without certificate", with("tls: {key_file: good}"), "", "5:22", "bots[0].tls.key_file", "add cert_file"},
		{"no delivery", "bots:\n" + bot, "", "2:6", "bots[0].deliver", "deliver: {stream: {}}"},
		{"relay without a listener", with("deliver: {relay: {gateway_id: g, secret: {env: S}}}"), "S=s", "5:24", "bots[0].deliver.relay", "gateways: {listen: 127.0.0.1:9471}"},
		{"relay without a secret", with("deliver: {relay: {gateway_id: g}}"), "", "5:24", "bots[0].deliver.relay.secret", "add"},
		{"relay's secret in the file", with("deliver: {relay: {gateway_id: g, secret: hunter2}}"), "", "5:47", "bots[0].deliver.relay.secret", "{file: PATH}"},
		{"two bots with one gateway", "gateways: {listen: 127.0.0.1:1}\nstate: s\n" + "defaults: {deliver: {relay: {gateway_id: g, secret: {env: S}}}}\nbots:\n" + bot + "  - {name: b, url: 'ws://h', identities: [{platform: telegram}]}\n", "S=s", "3:42", "bots[1].deliver.relay.gateway_id", "an id of its own"},
		{"gateways nowhere", "gateways: {listen: here}\n" + head + bot, "", "1:20", "gateways.listen", "127.0.0.1:9471"},
		{"gateways at the API's address", "gateways: {listen: '127.0.0.1:8080'}\nhttp: {listen: '127.0.0.1:8080'}\n" + head + bot, "", "1:20", "gateways.listen", "another port"},
		{"gateways by TLS on a socket", "gateways: {listen: 'unix:/run/g.sock', tls: {certificate: c, key: k}}\n" + head + bot, "", "1:46", "gateways.tls", "take tls out"},
		{"wake URL of another scheme", "gateways: {listen: 127.0.0.1:1}\nstate: s\n" + with("deliver: {relay: {gateway_id: g, secret: {env: S}, wake_url: 'ftp://h'}}"), "S=s", "7:67", "bots[0].deliver.relay.wake_url", "https://bot.example/wake"},
		{"empty delivery", with("deliver: {}"), "", "5:15", "bots[0].deliver", "choose one of process, relay, stream, webhook"},
		{"two deliveries", with("deliver: {stream: {}, process: {command: [cat]}}"), "", "5:16", "bots[0].deliver", "keep exactly one"},
		{"webhook without secret", with("deliver: {webhook: {url: 'http://h'}}"), "", "5:26", "bots[0].deliver.webhook.secret", "{\"file\":"},
		{"webhook of another scheme", with("deliver: {webhook: {url: 'ws://h', secret: {file: signing}}}"), "", "5:31", "bots[0].deliver.webhook.url", "https://bot.example/events"},
		{"webhook with a password", with("deliver: {webhook: {url: 'http://u:hunter2@h', secret: {file: signing}}}"), "", "5:31", "bots[0].deliver.webhook.url", "take them out"},
		{"dead letters of another scheme", with("deliver: {webhook: {url: 'http://h', secret: {file: signing}, dead_letter_url: 'ws://h'}}"), "", "5:85", "bots[0].deliver.webhook.dead_letter_url", "https://bot.example/dead-letters"},
		{"dead letters to the URL that fails", with("deliver: {webhook: {url: 'http://h', secret: {file: signing}, dead_letter_url: 'http://H:80/#x'}}"), "", "5:85", "bots[0].deliver.webhook.dead_letter_url", "name another one"},
		{"dead letters kept for ever", head + bot + "dead_letters: {max_age: 9000h}\n", "", "5:25", "dead_letters.max_age", "max_age: 168h"},
		{"dead letters kept for no time", head + bot + "dead_letters: {max_age: 0s}\n", "", "5:25", "dead_letters.max_age", "max_age: 168h"},
		{"dead letters kept for days", head + bot + "dead_letters: {max_age: 7d}\n", "", "5:25", "dead_letters.max_age", "max_age: 168h"},
		{"dead letters in too little room", head + bot + "dead_letters: {max_bytes: 1000}\n", "", "5:27", "dead_letters.max_bytes", "at least 1048576"},
		{"webhook secret of another form", with("deliver: {webhook: {url: 'http://h', secret: {file: good}}}"), "", "5:52", "bots[0].deliver.webhook.secret", "openssl rand -base64 32"},
		{"webhook secret too short", with("deliver: {webhook: {url: 'http://h', secret: {env: S}}}"), "S=whsec_aHVudGVyMg==", "5:52", "bots[0].deliver.webhook.secret", "openssl rand -base64 32"},
		{"program missing", with("deliver: {process: {command: [no-such-program]}}"), "", "5:36", "bots[0].deliver.process.command[0]", "install it"},
		{"program not executable", with("deliver: {process: {command: [./good]}}"), "", "5:36", "bots[0].deliver.process.command[0]", "executable"},
		{"program is text", with("deliver: {process: {command: cat}}"), "", "5:35", "bots[0].deliver.process.command", `command: ["python3","bot.py"]`},
		{"variable with a wrong name", with("deliver: {process: {command: [cat], env: {A-B: c}}}"), "", "5:48", "bots[0].deliver.process.env.A-B", "begin with no digit"},
		{"variable is a number", with("deliver: {process: {command: [cat], env: {PORT: 80}}}"), "", "5:54", "bots[0].deliver.process.env.PORT", "PORT: production"},
		{"variable by a secret that is not there", with("deliver: {process: {command: [cat], env: {KEY: {env: GONE}}}}"), "", "5:59", "bots[0].deliver.process.env.KEY.env", "set it"},
		{"variable by a secret written out", with("deliver: {process: {command: [cat], env: {KEY: {env: 'hunter2!'}}}}"), "", "5:59", "bots[0].deliver.process.env.KEY.env", "env: BOT_SECRET"},
		{"variable by nothing", with("deliver: {process: {command: [cat], env: {KEY: {}}}}"), "", "5:53", "bots[0].deliver.process.env.KEY", "choose one of env, file"},
		{"variables of all processes by a variable", head + bot, "HERMOD_DEFAULTS_DELIVER_PROCESS_ENV=A=b", "HERMOD_DEFAULTS_DELIVER_PROCESS_ENV", "", "did you mean"},
		{"endpoint without host", with("gateway_id: g, secret: {file: good}, provision: {endpoint: 'https://'}"), "", "5:65", "bots[0].provision.endpoint", "https://gateway.example"},
		{"wake URL of another scheme", with("gateway_id: g, secret: {file: good}, provision: {wake_url: 'h/wake'}"), "", "5:65", "bots[0].provision.wake_url", "https://gateway.example/wake"},
		{"address without port", "http: {listen: localhost}\n" + head + bot, "", "1:16", "http.listen", "127.0.0.1:8470"},
		{"address with a bad port", "http: {listen: 'localhost:99999'}\n" + head + bot, "", "1:16", "http.listen", "127.0.0.1:8470"},
		{"open to the network without a token", "http: {listen: '0.0.0.0:1'}\n" + head + bot, "", "1:8", "http", "http.token"},
		{"token asked for and not there", "http: {auth: required}\n" + head + bot, "", "1:8", "http", "http.token"},
		{"token in the file", "http: {token: hunter2}\n" + head + bot, "", "1:15", "http.token", "{env: NAME}"},
		{"profiles for everybody", "http: {pprof: true}\n" + head + bot, "", "1:15", "http.pprof", "http.token"},
		{"socket path too long", "http: {listen: 'unix:/" + strings.Repeat("x", 90) + "'}\n" + head + bot, "", "1:16", "http.listen", "at most 88 bytes"},
		{"socket mode for nobody knows whom", "http: {listen: 'unix:s', socket_mode: rw}\n" + head + bot, "", "1:39", "http.socket_mode", `socket_mode: "0660"`},
		{"socket mode is a number", "http: {listen: 'unix:s', socket_mode: 660}\n" + head + bot, "", "1:39", "http.socket_mode", `socket_mode: "0660"`},
		{"TLS at a socket", "http: {listen: 'unix:s', tls: {certificate: server.pem, key: server.key}}\n" + head + bot, "", "1:32", "http.tls", "take tls out"},
		{"server certificate without key", "http: {tls: {certificate: server.pem}}\n" + head + bot, "", "1:14", "http.tls.key", "key: server.key"},
		{"server certificate missing", "http: {tls: {certificate: gone, key: server.key}}\n" + head + bot, "", "1:27", "http.tls.certificate", "readable PEM"},
		{"server key missing", "http: {tls: {certificate: server.pem, key: gone}}\n" + head + bot, "", "1:44", "http.tls.key", "create the file"},
		{"server key open to everybody", "http: {tls: {certificate: server.pem, key: open}}\n" + head + bot, "", "1:44", "http.tls.key", "chmod 600"},
		{"server key of something else", "http: {tls: {certificate: server.pem, key: good}}\n" + head + bot, "", "1:14", "http.tls", "its own key"},
		{"authority of clients is no PEM", "http: {tls: {certificate: server.pem, key: server.key, client_ca: good}}\n" + head + bot, "", "1:67", "http.tls.client_ca", "authorities of your clients"},
		{"tokens without a name", tokensOf("{token: {file: long}, roles: [read]}"), "", "1:18", "http.tokens[0].name", "name: dashboard"},
		{"token named with a blank", tokensOf("{name: a b, token: {file: long}, roles: [read]}"), "", "1:24", "http.tokens[0].name", "name: dashboard"},
		{"token without a value", tokensOf("{name: a, roles: [read]}"), "", "1:18", "http.tokens[0].token", `{"file":"dashboard.token"}`},
		{"token with roles written out", tokensOf("{name: a, token: hunter2hunter2hunter2, roles: [read]}"), "", "1:34", "http.tokens[0].token", "{file: PATH}"},
		{"token without a role", tokensOf("{name: a, token: {file: long}, roles: []}"), "", "1:55", "http.tokens[0].roles", `roles: ["read"]`},
		{"token with an unknown role", tokensOf("{name: a, token: {file: long}, roles: [steeer]}"), "", "1:56", "http.tokens[0].roles[0]", "did you mean steer?"},
		{"token that may be guessed", tokensOf("{name: a, token: {file: good}, roles: [read]}"), "", "1:35", "http.tokens[0].token", "openssl rand"},
		{"token twice", tokensOf("{name: a, token: {file: long}, roles: [read]}, {name: b, token: {file: long}, roles: [read]}"), "", "1:82", "http.tokens[1].token", "one of its own"},
		{"token as the other one", "http: {token: {file: long}, tokens: [{name: a, token: {file: long}, roles: [read]}]}\n" + head + bot, "", "1:56", "http.tokens[0].token", "one of its own"},
		{"tokens of one name with different roles", tokensOf("{name: a, token: {file: long}, roles: [read]}, {name: a, token: {env: L}, roles: [act]}"), "L=canary-long-0001", "1:71", "http.tokens[1].name", "another name"},
		{"metrics of some bots", tokensOf("{name: a, token: {file: long}, roles: [metrics], bots: [b]}"), "", "1:72", "http.tokens[0].bots", "take bots out"},
		{"bots by a regular expression", tokensOf("{name: a, token: {file: long}, roles: [act], bots: ['(a|b)']}"), "", "1:69", "http.tokens[0].bots[0]", "support-*"},
		{"proxies that are no network", "http: {trusted_proxies: [proxy.example]}\n" + head + bot, "", "1:26", "http.trusted_proxies[0]", "10.0.0.0/8"},
		{"metrics open to the network without a token", "metrics: {listen: '0.0.0.0:1'}\n" + head + bot, "", "1:11", "metrics", "auth: off"},
		{"metrics at no address", "metrics: {listen: localhost}\n" + head + bot, "", "1:19", "metrics.listen", "127.0.0.1:9470"},
		{"metrics at the same address", "http: {listen: '127.0.0.1:1'}\nmetrics: {listen: '127.0.0.1:1'}\n" + head + bot, "", "2:19", "metrics.listen", "another port"},
		{"metrics bound below zero", "metrics: {bots: -1}\n" + head + bot, "", "1:17", "metrics.bots", "at least 0"},
		{"trace collector of another scheme", "tracing: {endpoint: 'localhost:4318'}\n" + head + bot, "", "1:21", "tracing.endpoint", "http://127.0.0.1:4318"},
		{"trace collector with a password", "tracing: {endpoint: 'http://u:hunter2@h'}\n" + head + bot, "", "1:21", "tracing.endpoint", "OTEL_EXPORTER_OTLP_HEADERS"},
		{"more traces than all", "tracing: {sample_ratio: 2}\n" + head + bot, "", "1:25", "tracing.sample_ratio", "at most 1"},
		{"log level unknown", "log: {level: verbose}\n" + head + bot, "", "1:14", "log.level", "debug or info or warn or error"},
		{"variable misspelt", head + bot, "HERMOD_LOG_LEVLE=debug", "HERMOD_LOG_LEVLE", "", "did you mean HERMOD_LOG_LEVEL?"},
		{"variable with a wrong value", head + bot, "HERMOD_LOG_LEVEL=loud", "HERMOD_LOG_LEVEL", "log.level", "use debug"},
		{"variable of a wrong type", head + bot, "HERMOD_DEFAULTS_LIMITS_TRIES=many", "HERMOD_DEFAULTS_LIMITS_TRIES", "defaults.limits.tries", "tries: 3"},
		{"variable opens to the network", head + bot, "HERMOD_HTTP_LISTEN=0.0.0.0:1", "HERMOD_HTTP_LISTEN", "http", "http.token"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := write(t, tt.file)
			_, err := config.Load(path, []string{tt.env})
			var invalid *config.InvalidError
			if !errors.As(err, &invalid) {
				t.Fatalf("no mistake found: %v", err)
			}
			if len(invalid.Problems) != 1 {
				t.Fatalf("not one problem:\n%v", err)
			}
			line := invalid.Problems[0].String()
			at := tt.at
			if tt.env == "" || !strings.HasPrefix(tt.env, tt.at+"=") {
				at = strings.TrimSuffix(path+":"+tt.at, ":")
			}
			if tt.key != "" {
				at += ": " + tt.key
			}
			if !strings.HasPrefix(line, at+": ") {
				t.Errorf("the place and key are not %s: in %s", at, line)
			}
			if _, remedy, _ := strings.Cut(line, "; "); !strings.Contains(remedy, tt.remedy) {
				t.Errorf("the remedy does not say %q: %s", tt.remedy, line)
			}
			if strings.Contains(line, "hunter2") {
				t.Errorf("shows a secret: %s", line)
			}
		})
	}
}

// signing is a secret for webhooks.
const signing = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

// write puts the file into a folder with the secrets that the tests name.
func write(t *testing.T, content string) string {
	t.Helper()
	folder := t.TempDir()
	for name, secret := range map[string]struct {
		text string
		mode os.FileMode
	}{
		"good":    {"a good secret\n", 0o600},
		"signing": {signing + "\n", 0o600},
		"blank":   {" \n", 0o600},
		"open":    {"a good secret\n", 0o644},
		"large":   {strings.Repeat("x", 65<<10), 0o600},
		"long":    {strings.Repeat("long", 4) + "\n", 0o600},

		"server.pem": {serverPair().certificate, 0o644},
		"server.key": {serverPair().key, 0o600},
	} {
		must(t, os.WriteFile(filepath.Join(folder, name), []byte(secret.text), 0o600))
		must(t, os.Chmod(filepath.Join(folder, name), secret.mode))
	}
	path := filepath.Join(folder, "hermod.yaml")
	must(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
