package keypair

import (
	"crypto/tls"
	"crypto/x509/pkix"

	"hermod/internal/authority"
)

// Trial makes a certificate for these names and addresses, valid for a week, and returns it with the PEM of the
// authority that signed it. It is for trying out: the authority's key is thrown away, so it signs nothing else.
func Trial(hosts ...string) (pair tls.Certificate, signer []byte, err error) {
	ca, err := authority.New("hermod, for trying out")
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	template := authority.For(hosts...)
	template.Subject = pkix.Name{CommonName: "hermod"}
	pair, err = ca.Issue(template)
	return pair, ca.PEM(), err
}
