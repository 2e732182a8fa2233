// Package authority makes certificates (RFC 5280) for trying Hermod out and for its tests: none is meant to be trusted
// for longer than that, and no key outlives its process unless somebody writes it down.
package authority
