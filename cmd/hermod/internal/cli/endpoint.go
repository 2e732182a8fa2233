package cli

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// DefaultURL is where 'hermod run' serves unless its configuration says otherwise.
const DefaultURL = "http://127.0.0.1:8470"

// unixScheme begins the path of a unix socket.
const unixScheme = "unix:"

const dialTimeout = 10 * time.Second

// Endpoint says where a daemon serves its HTTP API, as a command's flags do.
type Endpoint struct {
	// URL is http or https, of which only the host counts, or unix: and the path of a socket.
	URL string
	// CAFile holds the authorities that may have signed the daemon's certificate, in PEM; "" takes the system's.
	CAFile string
	// CertFile and KeyFile hold what the command shows to a daemon that asks for client certificates, in PEM; both or
	// neither.
	CertFile, KeyFile string
}

// AddFlags adds the flags that every client of a daemon has. HERMOD_URL names the daemon where no flag does.
func (e *Endpoint) AddFlags(flags *pflag.FlagSet) {
	flags.StringVar(&e.URL, "url", FirstSet(os.Getenv("HERMOD_URL"), DefaultURL),
		"the daemon's `URL`, or unix: and the path of its socket (default: $HERMOD_URL, or "+DefaultURL+")")
	flags.Lookup("url").DefValue = ""
	flags.StringVar(&e.CAFile, "ca-file", "", "`FILE` with the authorities of the daemon's certificate (default: the system's)")
	flags.StringVar(&e.CertFile, "cert-file", "", "`FILE` with the client certificate, if the daemon asks for one")
	flags.StringVar(&e.KeyFile, "key-file", "", "`FILE` with the key of the client certificate")
}

// IsSocket says that the URL is of a unix socket.
func (e *Endpoint) IsSocket() bool { return strings.HasPrefix(e.URL, unixScheme) }

// Open returns the base of the daemon's URLs, without a slash at its end, and a transport that reaches it, of which the
// caller closes the idle connections. The error is a usage error that names the flag.
func (e *Endpoint) Open() (base string, transport *http.Transport, err error) {
	transport = http.DefaultTransport.(*http.Transport).Clone()
	if e.IsSocket() {
		return e.openSocket(strings.TrimPrefix(e.URL, unixScheme), transport)
	}
	parsed, err := url.Parse(e.URL)
	if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Host == "" || parsed.User != nil {
		return "", nil, UsageError("--url is neither an http or https URL nor unix: and a path; use for example %s", DefaultURL)
	}
	if parsed.Scheme == "http" && (e.CAFile != "" || e.CertFile != "" || e.KeyFile != "") {
		return "", nil, UsageError("--ca-file, --cert-file and --key-file need an https URL; take them out, or correct --url")
	}
	if transport.TLSClientConfig, err = e.tls(); err != nil {
		return "", nil, err
	}
	return parsed.Scheme + "://" + parsed.Host, transport, nil
}

func (e *Endpoint) openSocket(path string, transport *http.Transport) (string, *http.Transport, error) {
	if path == "" {
		return "", nil, UsageError("--url names no path after unix:; use for example unix:/run/hermod/hermod.sock")
	}
	if e.CAFile != "" || e.CertFile != "" || e.KeyFile != "" {
		return "", nil, UsageError("--ca-file, --cert-file and --key-file do not apply to a unix socket; take them out")
	}
	dialer := net.Dialer{Timeout: dialTimeout}
	transport.Proxy = nil
	transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, "unix", path)
	}
	return "http://localhost", transport, nil
}

func (e *Endpoint) tls() (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	if e.CAFile != "" {
		pem, err := os.ReadFile(e.CAFile)
		if err != nil {
			return nil, UsageError("--ca-file: %w; name a readable PEM file", err)
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(pem) {
			return nil, UsageError("--ca-file: %s holds no PEM certificate", e.CAFile)
		}
	}
	if (e.CertFile == "") != (e.KeyFile == "") {
		return nil, UsageError("--cert-file and --key-file belong together; give both")
	}
	if e.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(e.CertFile, e.KeyFile)
		if err != nil {
			return nil, UsageError("--cert-file and --key-file: %w; name a PEM certificate and its key", err)
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	return cfg, nil
}
