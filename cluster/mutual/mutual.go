// Package mutual secures connections between nodes, and to the store, with certificates on both sides. Files are read
// again for every handshake, so a renewed certificate is used without a restart; what is connected goes on.
package mutual

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"

	"google.golang.org/grpc/credentials"
)

// Files name PEM files: the authorities that the other side's certificate must be of, and the own certificate with its
// key, which must suit both a server and a client.
type Files struct {
	CA, Cert, Key string
}

// Check reads the files. The error says which one is of no use.
func (f Files) Check() error {
	_, err := f.config()
	return err
}

func (f Files) config() (*tls.Config, error) {
	pem, err := os.ReadFile(f.CA)
	if err != nil {
		return nil, fmt.Errorf("read the authorities' certificates: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read the authorities' certificates: %s holds none", f.CA)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: pool, ClientCAs: pool,
		ClientAuth: tls.RequireAndVerifyClientCert, NextProtos: []string{"h2"}}
	if f.Cert == "" && f.Key == "" {
		return config, nil
	}
	own, err := tls.LoadX509KeyPair(f.Cert, f.Key)
	if err != nil {
		return nil, fmt.Errorf("read the own certificate: %w", err)
	}
	config.Certificates = []tls.Certificate{own}
	return config, nil
}

// Credentials are those of gRPC for both sides of a connection. Without an own certificate they serve clients of a
// server that asks for none. A server is in at most 64 handshakes at a time, and in each for 10 s at most: whoever
// comes then takes the place of the one who has been there the longest.
func (f Files) Credentials() credentials.TransportCredentials {
	return &fresh{files: f, pending: new(handshakes)}
}

// fresh reads the files for each handshake.
type fresh struct {
	files   Files
	name    string
	pending *handshakes // with clients, of all clones
}

func (c *fresh) current() (credentials.TransportCredentials, error) {
	config, err := c.files.config()
	if err != nil {
		return nil, err
	}
	config.ServerName = c.name
	return credentials.NewTLS(config), nil
}

// ClientHandshake implements credentials.TransportCredentials.
func (c *fresh) ClientHandshake(ctx context.Context, authority string, raw net.Conn) (net.Conn, credentials.AuthInfo,
	error) {
	now, err := c.current()
	if err != nil {
		return nil, nil, errors.Join(err, raw.Close())
	}
	return now.ClientHandshake(ctx, authority, raw)
}

// ServerHandshake implements credentials.TransportCredentials.
func (c *fresh) ServerHandshake(raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	now, err := c.current()
	if err != nil {
		return nil, nil, errors.Join(err, raw.Close())
	}
	defer c.pending.begin(raw)()
	return now.ServerHandshake(raw)
}

// Info implements credentials.TransportCredentials.
func (c *fresh) Info() credentials.ProtocolInfo {
	return credentials.ProtocolInfo{SecurityProtocol: "tls"}
}

// Clone implements credentials.TransportCredentials.
func (c *fresh) Clone() credentials.TransportCredentials {
	return &fresh{files: c.files, name: c.name, pending: c.pending}
}

// OverrideServerName implements credentials.TransportCredentials.
func (c *fresh) OverrideServerName(name string) error {
	c.name = name
	return nil
}
