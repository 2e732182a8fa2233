package web

import (
	"errors"
	"net/url"
)

// WithoutURL returns an error of net/http without the URL, whose query may hold a secret.
func WithoutURL(err error) error {
	if shown := new(url.Error); errors.As(err, &shown) {
		return shown.Err
	}
	return err
}
