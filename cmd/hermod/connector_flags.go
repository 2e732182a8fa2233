package main

import (
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/gateways"
	"hermod/cmd/hermod/internal/keypair"
	"hermod/connector"
	"hermod/wire"
)

// connectorFlags are the flags of 'hermod connector' as given.
type connectorFlags struct {
	listen, data, platform string
	tls                    keypair.Files
	gateways               []string
	gatewayList            string
	tenants, enrollTokens  []string
	wakeURLs, wakeNetworks []string
	dev, bufferAll         bool
	signedWakes            bool
	quota                  connector.Config // of the tenants
}

func (f *connectorFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.listen, "listen", "127.0.0.1:8466", "`ADDRESS` to listen on: HOST:PORT, where port 0 picks a free one, or unix:/PATH")
	flags.StringVar(&f.tls.Certificate, "tls-cert", "", "serve TLS with the certificate in this PEM `FILE`; it is read again when it changes")
	flags.StringVar(&f.tls.Key, "tls-key", "", "PEM `FILE` of the certificate's key")
	flags.StringVar(&f.tls.ClientCA, "tls-client-ca", "", "PEM `FILE` of authorities, one of which must have issued a client's certificate")
	flags.StringVar(&f.data, "data", "", "`FOLDER` of the durable buffer (default: hermod/connector in $XDG_STATE_HOME or ~/.local/state)")
	flags.StringArrayVar(&f.gateways, "gateway", nil, "`ID=SECRET_FILE` of a gateway; repeatable, repeating an ID adds an older secret (without --gateway, --gateways and --tenant there is no authentication)")
	flags.StringVar(&f.gatewayList, "gateways", "", "`FILE` with a line for each gateway: ID SECRET_FILE, then files of older secrets; read again on SIGHUP")
	flags.StringArrayVar(&f.tenants, "tenant", nil, "`NAME=TOKEN_FILE` of a tenant and its identity token, with which its gateways get credentials over HTTP; repeatable")
	flags.StringArrayVar(&f.enrollTokens, "enroll-token", nil, "`FILE` of a one-time token that enrols one gateway; repeatable, needs --tenant")
	flags.IntVar(&f.quota.MaxTenantGateways, "tenant-gateways", 250, "at most `N` gateways of a tenant")
	flags.IntVar(&f.quota.MaxTenantMediaFiles, "tenant-files", 1000, "keep at most `N` files of a tenant; its oldest are removed for new ones")
	flags.IntVar(&f.quota.MaxTenantMediaBytes, "tenant-bytes", 64<<20, "keep files of at most `N` bytes in all of a tenant")
	flags.StringVar(&f.platform, "platform", "relay", "`PLATFORM` of the descriptor for a hello that names none")
	flags.BoolVar(&f.dev, "dev", false, "serve the control API under /dev/; on loopback or a unix socket only")
	flags.BoolVar(&f.bufferAll, "buffer-all", true, "keep every delivery in the data folder until the gateway has acknowledged it; =false sends to a connected gateway at once and keeps nothing: what it has not read is lost, without a word, when it is frozen or its connection breaks")
	flags.StringArrayVar(&f.wakeURLs, "wake-url", nil, "`ID=URL` to call with a plain GET while something waits for a gateway that is not connected; repeatable")
	flags.DurationVar(&f.quota.WakeCooldown, "wake-cooldown", 30*time.Second, "call a wake URL at most once in this `TIME`; a call is repeated after it while something waits")
	flags.BoolVar(&f.signedWakes, "wake-signed", false, "call wake URLs with a POST instead, signed for gateways that have a delivery key")
	flags.StringArrayVar(&f.wakeNetworks, "wake-network", nil, "`CIDR` that the wake URLs which gateways register may lead to, besides public addresses (and loopback with --dev); repeatable")
}

// config turns the flags into a connector's configuration; every error names its flag.
func (f *connectorFlags) config(log *slog.Logger) (connector.Config, error) {
	cfg := f.quota
	cfg.Listen, cfg.DataDir, cfg.Platform, cfg.Logger = f.listen, f.data, f.platform, log
	cfg.Dev, cfg.Live, cfg.SignedWakes = f.dev, !f.bufferAll, f.signedWakes
	if err := f.checkListen(); err != nil {
		return cfg, err
	}
	if f.tls != (keypair.Files{}) {
		source, err := keypair.Open(f.tls, log)
		if err != nil {
			return cfg, err
		}
		cfg.TLS = source.Config()
	}
	if cfg.DataDir == "" {
		var err error
		if cfg.DataDir, err = stateFolder(); err != nil {
			return cfg, err
		}
	}
	if err := f.readCredentials(&cfg); err != nil {
		return cfg, err
	}
	return cfg, f.readWakes(&cfg)
}

func (f *connectorFlags) checkListen() error {
	_, isSocket := strings.CutPrefix(f.listen, "unix:/")
	host, _, err := net.SplitHostPort(f.listen)
	if !isSocket && (err != nil || host == "unix") {
		return cli.UsageError("--listen %q is neither HOST:PORT nor unix:/PATH; use for example 127.0.0.1:8466", f.listen)
	}
	if ip := net.ParseIP(host); f.dev && !isSocket && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return cli.UsageError("--dev needs a loopback address or a unix socket, and --listen %s is neither; use --listen 127.0.0.1:8466 or leave out --dev", f.listen)
	}
	switch {
	case f.tls == keypair.Files{}:
		return nil
	case isSocket:
		return cli.UsageError("--tls-cert does not go with a unix socket, which stays on this machine; listen on HOST:PORT or leave it out")
	case f.tls.Certificate == "":
		return cli.UsageError("--tls-cert is missing; name the file of the certificate")
	case f.tls.Key == "":
		return cli.UsageError("--tls-key is missing; name the file of the certificate's key")
	}
	return nil
}

// readCredentials reads every file of secrets that flags name.
func (f *connectorFlags) readCredentials(cfg *connector.Config) error {
	var err error
	if cfg.Gateways, err = f.readGateways(); err != nil {
		return err
	}
	if cfg.Tenants, err = readPairs("--tenant", "NAME=TOKEN_FILE, for example acme=acme.identity", f.tenants); err != nil {
		return err
	}
	if len(f.enrollTokens) > 0 && len(f.tenants) == 0 {
		return cli.UsageError("--enroll-token needs --tenant too; name a tenant and the file of its identity token")
	}
	cfg.EnrollmentTokens = nil
	for _, path := range f.enrollTokens {
		token, err := cli.ReadSecret("--enroll-token", path)
		if err != nil {
			return err
		}
		cfg.EnrollmentTokens = append(cfg.EnrollmentTokens, token)
	}
	return nil
}

// readGateways reads the files of --gateway and --gateways.
func (f *connectorFlags) readGateways() (map[string][]wire.Secret, error) {
	all, err := readPairs("--gateway", "ID=SECRET_FILE, for example g1=g1.secret", f.gateways)
	if err != nil || f.gatewayList == "" {
		return all, err
	}
	listed, err := gateways.Read(f.gatewayList)
	if err != nil {
		return nil, cli.UsageError("--gateways: %w", err)
	}
	for id := range all {
		if listed[id] != nil {
			return nil, cli.UsageError("--gateway %s is in the list of --gateways too; leave out one of them", id)
		}
	}
	maps.Copy(all, listed)
	return all, nil
}

// readPairs reads the files of a flag whose values are NAME=FILE.
func readPairs(flag, form string, pairs []string) (map[string][]wire.Secret, error) {
	all := make(map[string][]wire.Secret)
	for _, pair := range pairs {
		name, path, ok := strings.Cut(pair, "=")
		if !ok || name == "" || path == "" {
			return nil, cli.UsageError("%s needs %s", flag, form)
		}
		secret, err := cli.ReadSecret(flag+" "+name, path)
		if err != nil {
			return nil, err
		}
		all[name] = append(all[name], secret)
	}
	return all, nil
}

// readWakes reads --wake-url and --wake-network.
func (f *connectorFlags) readWakes(cfg *connector.Config) error {
	cfg.WakeURLs = make(map[string]string)
	for _, pair := range f.wakeURLs {
		id, url, ok := strings.Cut(pair, "=")
		if !ok || id == "" || url == "" {
			return cli.UsageError("--wake-url needs ID=URL, for example g1=http://127.0.0.1:9000/wake")
		}
		cfg.WakeURLs[id] = url
	}
	for _, text := range f.wakeNetworks {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return cli.UsageError("--wake-network %q is no CIDR; use for example 10.0.0.0/8, or 10.1.2.3/32 for one address", text)
		}
		cfg.WakeNetworks = append(cfg.WakeNetworks, network)
	}
	return nil
}

// stateFolder is where the XDG base directory rules put a program's state.
func stateFolder() (string, error) {
	base := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(base) {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", cli.UsageError("the default data folder is unknown (%w); set --data", err)
		}
		base = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(base, "hermod", "connector"), nil
}

// connectorFields are the flags by the field of the configuration that they set.
var connectorFields = map[string]string{
	"Gateways": "--gateway", "WakeURLs": "--wake-url", "Tenants": "--tenant", "EnrollmentTokens": "--enroll-token",
	"Dev": "--dev", "MaxTenantGateways": "--tenant-gateways", "MaxTenantMediaFiles": "--tenant-files",
	"MaxTenantMediaBytes": "--tenant-bytes", "WakeCooldown": "--wake-cooldown",
}
