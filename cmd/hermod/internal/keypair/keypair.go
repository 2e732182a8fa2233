package keypair

import (
	"crypto/sha256"
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"

	"hermod/cmd/hermod/internal/cli"
)

// lookAgain is how long the files are taken to be as they were.
const lookAgain = time.Second

// Files are paths of PEM files. ClientCA may be empty.
type Files struct{ Certificate, Key, ClientCA string }

// Source has the certificate in use. It may be used from any goroutine.
type Source struct {
	files Files
	log   *slog.Logger

	mu     sync.Mutex
	inUse  *tls.Config
	seen   [sha256.Size]byte // of the files' contents as they were last
	looked time.Time
}

// Open reads the files. Errors are usage errors of --tls-cert, --tls-key and --tls-client-ca.
func Open(files Files, log *slog.Logger) (*Source, error) {
	s := &Source{files: files, log: log, looked: time.Now()}
	content, err := files.read()
	if err != nil {
		return nil, err
	}
	s.seen = content.digest()
	s.inUse, err = content.config()
	return s, err
}

// Config is what a server listens with.
func (s *Source) Config() *tls.Config {
	return Following(s.current)
}

// current is the configuration of the files as they are now, or the last one that could be used.
func (s *Source) current() *tls.Config {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.looked) < lookAgain {
		return s.inUse
	}
	s.looked = time.Now()
	content, err := s.files.read()
	digest := content.digest()
	if digest == s.seen {
		return s.inUse
	}
	s.seen = digest
	var next *tls.Config
	if err == nil {
		next, err = content.config()
	}
	if err != nil {
		s.log.Error("the certificate's files have changed and cannot be used; the one before stays in use", "err", err)
		return s.inUse
	}
	s.inUse = next
	s.log.Info("a new certificate is in use", "expires", next.Certificates[0].Leaf.NotAfter)
	return s.inUse
}

// content is what the files hold.
type content struct{ certificate, key, clientCA []byte }

func (f Files) read() (c content, err error) {
	if c.certificate, err = os.ReadFile(f.Certificate); err != nil {
		return c, cli.UsageError("--tls-cert: reading the certificate: %w; name a readable PEM file", err)
	}
	key, err := cli.ReadSecret("--tls-key", f.Key)
	if err != nil {
		return c, err
	}
	c.key = []byte(key.Reveal())
	if f.ClientCA == "" {
		return c, nil
	}
	if c.clientCA, err = os.ReadFile(f.ClientCA); err != nil {
		return c, cli.UsageError("--tls-client-ca: reading the authorities: %w; name a readable PEM file", err)
	}
	return c, nil
}

func (c content) digest() [sha256.Size]byte {
	hash := sha256.New()
	for _, part := range [][]byte{c.certificate, c.key, c.clientCA} {
		sum := sha256.Sum256(part)
		hash.Write(sum[:])
	}
	return [sha256.Size]byte(hash.Sum(nil))
}

func (c content) config() (*tls.Config, error) {
	pair, err := tls.X509KeyPair(c.certificate, c.key)
	if err != nil {
		return nil, cli.UsageError("--tls-cert and --tls-key: %w; name a certificate and its own key, both in PEM", err)
	}
	cfg := Settings(pair)
	if c.clientCA != nil && !AskClients(cfg, c.clientCA) {
		return nil, cli.UsageError("--tls-client-ca: the file holds no certificate; name a PEM file with the authorities of your clients")
	}
	return cfg, nil
}
