package main

import "hermod/internal/authority"

// selfSigned is a certificate of 127.0.0.1 as PEM, alone and with its key.
func selfSigned() (roots, pair string, err error) {
	own, err := authority.SelfSigned(authority.For("127.0.0.1"))
	if err != nil {
		return "", "", err
	}
	certificate, key, err := authority.PEM(own)
	return string(certificate), string(certificate) + string(key), err
}
