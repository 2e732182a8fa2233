package daemon

import (
	"crypto/tls"
	"crypto/x509/pkix"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hermod/internal/authority"
)

// signer issues certificates.
type signer struct {
	*authority.Authority
	t      *testing.T
	folder string
	issued int64
}

// newSigner has its own certificate in the file NAME.ca of the folder.
func newSigner(t *testing.T, folder, name string) *signer {
	t.Helper()
	own, err := authority.New(name)
	must(t, err)
	s := &signer{Authority: own, t: t, folder: folder}
	s.write(name+".ca", own.PEM())
	return s
}

func (s *signer) write(name string, content []byte) {
	s.t.Helper()
	path := filepath.Join(s.folder, name)
	must(s.t, os.WriteFile(path+".new", content, 0o600))
	must(s.t, os.Rename(path+".new", path))
}

// issue puts a certificate for 127.0.0.1 and its key into NAME.pem and NAME.key, and returns its number.
func (s *signer) issue(name string) int64 {
	s.t.Helper()
	s.issued++
	template := authority.For("127.0.0.1")
	template.SerialNumber, template.Subject = big.NewInt(s.issued), pkix.Name{CommonName: name}
	template.NotAfter = time.Unix(2_000_000_000, 0)
	pair, err := s.Issue(template)
	must(s.t, err)
	certificate, key, err := authority.PEM(pair)
	must(s.t, err)
	s.write(name+".key", key)
	s.write(name+".pem", certificate)
	return s.issued
}

// trusting is a client's configuration that trusts the authority and shows a certificate of that name, if any.
func (s *signer) trusting(name string) *tls.Config {
	s.t.Helper()
	cfg := &tls.Config{RootCAs: s.Pool()}
	if name != "" {
		pair, err := tls.LoadX509KeyPair(filepath.Join(s.folder, name+".pem"), filepath.Join(s.folder, name+".key"))
		must(s.t, err)
		cfg.Certificates = []tls.Certificate{pair}
	}
	return cfg
}
