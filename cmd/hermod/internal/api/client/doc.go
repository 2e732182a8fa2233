// Package client is a client of the daemon's HTTP API, made by oapi-codegen from its description. The tests use the API
// through it, as a program in any language would use one made from the same document.
package client

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config oapi-codegen.yaml ../openapi.json
