package main

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"hermod/check"
	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/keypair"
	"hermod/wire"
)

// invitation is a target, and what its gateway is to be told of it. Secrets are told as the files that hold them.
type invitation struct {
	target      check.GatewayTarget
	url         string
	secretFile  string // "" for the environment's secret
	enrollFile  string // "" unless the gateway is to enrol
	authorities string // the file of the authority that the gateway has to trust, "" for those of the system
}

// print says what to configure the gateway with.
func (i *invitation) print(out io.Writer, wait time.Duration) {
	fmt.Fprintf(out, "Start a gateway with these settings; the checks begin at its dial, within %v.\n\n", wait)
	fmt.Fprintf(out, "  GATEWAY_RELAY_URL=%s\n", i.url)
	if i.target.GatewayID != "" {
		fmt.Fprintf(out, "  GATEWAY_RELAY_ID=%s\n", i.target.GatewayID)
	}
	switch {
	case i.enrollFile != "":
		fmt.Fprintf(out, "  GATEWAY_RELAY_ENROLL_TOKEN=\"$(cat %s)\"\n", i.enrollFile)
		fmt.Fprintln(out, "  GATEWAY_RELAY_IDENTITY_TOKEN=any")
	case i.secretFile != "":
		fmt.Fprintf(out, "  GATEWAY_RELAY_SECRET=\"$(cat %s)\"\n", i.secretFile)
	case i.target.GatewayID != "":
		fmt.Fprintf(out, "  GATEWAY_RELAY_SECRET=\"$%s\"\n", cli.SecretVariable)
	}
	if i.authorities != "" {
		fmt.Fprintf(out, "\nIt has to trust the authority of this run, in a file that is removed at the end:\n\n")
		fmt.Fprintf(out, "  SSL_CERT_FILE=%s         (Python, Go)\n", i.authorities)
		fmt.Fprintf(out, "  NODE_EXTRA_CA_CERTS=%s   (Node.js)\n", i.authorities)
	}
	fmt.Fprintln(out)
}

// runFolder holds the files of one run. The zero value is none yet.
type runFolder struct{ path string }

// write makes a file that its owner alone may read.
func (f *runFolder) write(name string, content []byte) (path string, err error) {
	if f.path == "" {
		f.path, err = os.MkdirTemp("", "hermod-check-")
	}
	path = filepath.Join(f.path, name)
	if err == nil {
		err = os.WriteFile(path, content, 0o600)
	}
	if err != nil {
		return "", fmt.Errorf("making the files of this run: %w", err)
	}
	return path, nil
}

// secret makes a secret and the file that holds it.
func (f *runFolder) secret(name string) (secret wire.Secret, path string, err error) {
	var random [24]byte
	_, _ = rand.Read(random[:]) // it never fails
	text := base64.RawURLEncoding.EncodeToString(random[:])
	path, err = f.write(name, []byte(text))
	return wire.Secret(text), path, err
}

func (f *runFolder) remove() {
	if f.path != "" {
		_ = os.RemoveAll(f.path)
	}
}

// checkTLSFlags say what the gateway's dials are served with.
type checkTLSFlags struct {
	files keypair.Files
	trial bool
}

func (f *checkTLSFlags) register(flags *pflag.FlagSet) {
	flags.BoolVar(&f.trial, "tls", false, "serve TLS with a certificate that is made for this run, and say where its authority is")
	flags.StringVar(&f.files.Certificate, "tls-cert", "", "serve TLS with the certificate in this PEM `FILE`")
	flags.StringVar(&f.files.Key, "tls-key", "", "PEM `FILE` of the certificate's key")
}

// into has the target serve TLS, if the flags say so.
func (f *checkTLSFlags) into(invited *invitation, folder *runFolder) error {
	hasFiles := f.files.Certificate != "" || f.files.Key != ""
	switch {
	case hasFiles && f.trial:
		return cli.UsageError("--tls makes a certificate, and --tls-cert names one; give one of them")
	case hasFiles && (f.files.Certificate == "" || f.files.Key == ""):
		return cli.UsageError("--tls-cert and --tls-key go together; give both")
	case hasFiles:
		source, err := keypair.Open(f.files, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		invited.target.TLS = source.Config()
	case f.trial:
		pair, authority, err := keypair.Trial(hostsOf(invited.target.Listener.Addr())...)
		if err != nil {
			return err
		}
		if invited.authorities, err = folder.write("authority.pem", authority); err != nil {
			return err
		}
		invited.target.TLS = keypair.Settings(pair)
	default:
		return nil
	}
	invited.url = "wss" + strings.TrimPrefix(invited.url, "ws")
	return nil
}

// hostsOf is what a gateway may call a listener's address: all of this machine's for one that listens everywhere.
func hostsOf(address net.Addr) []string {
	hosts := []string{"localhost"}
	host, _, err := net.SplitHostPort(address.String())
	if ip := net.ParseIP(host); err != nil || !ip.IsUnspecified() {
		return append(hosts, host)
	}
	if name, err := os.Hostname(); err == nil {
		hosts = append(hosts, name)
	}
	addresses, _ := net.InterfaceAddrs()
	for _, a := range addresses {
		if network, ok := a.(*net.IPNet); ok {
			hosts = append(hosts, network.IP.String())
		}
	}
	return hosts
}
