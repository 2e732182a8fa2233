package socket

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// Dial opens a TCP connection to addr, through the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name for
// the target, if any. ws counts as http and wss as https. One that is not probed has no keepalive of TCP's.
func Dial(ctx context.Context, network, addr, target string, probed bool) (net.Conn, error) {
	proxy, err := proxyFor(target)
	if err != nil {
		return nil, fmt.Errorf("read proxy from environment: %w", err)
	}
	dialer := net.Dialer{KeepAlive: -1, KeepAliveConfig: net.KeepAliveConfig{Enable: probed}}
	if proxy == nil {
		return dialer.DialContext(ctx, network, addr)
	}
	conn, err := dialer.DialContext(ctx, network, proxyAddr(proxy))
	if err != nil {
		return nil, fmt.Errorf("dial proxy: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	tunnel, err := connect(conn, proxy, addr)
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("open tunnel through proxy: %w", err)
	}
	return tunnel, nil
}

// Direct says that Dial needs no proxy to the target, and so connects to its address.
func Direct(target string) bool {
	proxy, err := proxyFor(target)
	return proxy == nil && err == nil
}

func proxyFor(target string) (*url.URL, error) {
	environment := httpproxy.FromEnvironment()
	if environment.HTTPProxy == "" && environment.HTTPSProxy == "" {
		return nil, nil
	}
	u, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	asHTTP := *u
	asHTTP.Scheme = map[string]string{"ws": "http", "wss": "https"}[u.Scheme]
	return environment.ProxyFunc()(&asHTTP)
}

func proxyAddr(proxy *url.URL) string {
	if proxy.Port() != "" {
		return proxy.Host
	}
	port := "80"
	if proxy.Scheme == "https" {
		port = "443"
	}
	return net.JoinHostPort(proxy.Hostname(), port)
}

// maxProxyAnswer is the longest header with which a proxy may answer.
const maxProxyAnswer = 64 << 10

// connect asks the proxy for a tunnel to addr.
func connect(conn net.Conn, proxy *url.URL, addr string) (net.Conn, error) {
	switch proxy.Scheme {
	case "https":
		conn = tls.Client(conn, &tls.Config{ServerName: proxy.Hostname(), MinVersion: tls.VersionTLS12})
	case "http":
	default:
		return nil, fmt.Errorf("proxy scheme %q is not supported; use http or https", proxy.Scheme)
	}
	request := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: addr}, Host: addr, Header: http.Header{}}
	if user := proxy.User; user != nil {
		password, _ := user.Password()
		credentials := base64.StdEncoding.EncodeToString([]byte(user.Username() + ":" + password))
		request.Header.Set("Proxy-Authorization", "Basic "+credentials)
	}
	if err := request.Write(conn); err != nil {
		return nil, err
	}
	// One byte at a time: what follows the answer belongs to the tunnel.
	answer := io.LimitReader(byteReader{conn}, maxProxyAnswer)
	response, err := http.ReadResponse(bufio.NewReaderSize(answer, 16), request)
	if err != nil {
		return nil, err
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("proxy answered HTTP %d", response.StatusCode)
	}
	return conn, nil
}

// byteReader reads one byte at a time.
type byteReader struct{ conn net.Conn }

// Read implements io.Reader.
func (r byteReader) Read(p []byte) (int, error) {
	if len(p) > 1 {
		p = p[:1]
	}
	return r.conn.Read(p)
}
