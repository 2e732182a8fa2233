package main

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"hermod/connector"
	"hermod/wire"
)

// beConnector is the connector of one phase until it is killed. It prints its URL once it listens.
func beConnector(in io.Reader, out io.Writer) error {
	var o order
	if err := json.NewDecoder(in).Decode(&o); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", o.URL)
	if err != nil {
		return err
	}
	var secured *tls.Config
	if o.Key != "" {
		pair, err := tls.X509KeyPair([]byte(o.Key), []byte(o.Key))
		if err != nil {
			return err
		}
		secured = &tls.Config{Certificates: []tls.Certificate{pair}}
	}
	fmt.Fprintln(out, listener.Addr())
	if o.Phase != serves {
		if secured != nil {
			listener = tls.NewListener(listener, secured)
		}
		return misbehave(listener, o.Phase)
	}
	gateways := make(map[string][]wire.Secret, o.Relays)
	for i := range o.Relays {
		gateways[gatewayID(i)] = []wire.Secret{wire.Secret(o.Secret)}
	}
	if _, err := connector.Start(connector.Config{Listener: listener, TLS: secured, DataDir: o.DataDir,
		Gateways: gateways}); err != nil {
		return err
	}
	select {}
}

// misbehave accepts connections and ends them as the phase says.
func misbehave(listener net.Listener, phase string) error {
	for {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		if err == nil {
			go turnAway(conn, phase)
		}
	}
}

func turnAway(conn net.Conn, phase string) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := ws.Upgrade(conn); err != nil {
		return
	}
	switch phase {
	case later:
		_ = ws.WriteFrame(conn, ws.NewCloseFrame(ws.NewCloseFrameBody(wire.CloseTryLater, "try again later")))
	case denies:
		_ = ws.WriteFrame(conn, ws.NewCloseFrame(ws.NewCloseFrameBody(wire.CloseUnauthorized, "unauthorized")))
	case flaps:
		if _, err := wsutil.ReadClientText(conn); err != nil {
			return
		}
		descriptor := wire.AppendDescriptor(nil, &wire.Descriptor{ContractVersion: wire.ContractVersion, Platform: "discord",
			Label: "Discord", MaxMessageLength: 2000, MarkdownDialect: "discord", LenUnit: wire.Chars})
		_ = wsutil.WriteServerText(conn, descriptor)
		time.Sleep(flapAfter)
		return
	}
	_, _ = io.Copy(io.Discard, conn) // until the gateway has gone too
}
