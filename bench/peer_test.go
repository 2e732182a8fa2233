package main_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/gobwas/ws"

	"hermod/wire"
	"hermod/wire/wiretest"
)

// peer is a connector that does as little as it can: it floods whoever connects, or answers every request.
type peer struct {
	net.Listener
	serve func(conn net.Conn)
	wg    sync.WaitGroup
}

func startPeer(b *testing.B, serve func(net.Conn)) *peer {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	p := &peer{Listener: listener, serve: serve}
	p.wg.Add(1)
	go p.accept()
	b.Cleanup(func() { _ = listener.Close(); p.wg.Wait() })
	return p
}

func (p *peer) url() string { return "ws://" + p.Addr().String() + "/relay" }

func (p *peer) accept() {
	defer p.wg.Done()
	for {
		conn, err := p.Accept()
		if err != nil {
			return
		}
		p.wg.Add(1)
		go func() {
			defer p.wg.Done()
			defer conn.Close()
			if _, err := (ws.Upgrader{}).Upgrade(conn); err == nil {
				p.serve(conn)
			}
		}()
	}
}

func greet(conn net.Conn) error {
	_, err := conn.Write(textFrame(wire.AppendDescriptor(nil, wiretest.Descriptor("discord"))))
	return err
}

func textFrame(payload []byte) []byte { return ws.MustCompileFrame(ws.NewTextFrame(payload)) }

// flood sends inbound frames until the connection ends, many a write.
func flood(size int) func(net.Conn) {
	var block []byte
	for i := range 64 {
		block = append(block, textFrame(inboundLine(size, i))...)
	}
	return func(conn net.Conn) {
		go func() { _, _ = io.Copy(io.Discard, conn) }()
		if greet(conn) != nil {
			return
		}
		for {
			if _, err := conn.Write(block); err != nil {
				return
			}
		}
	}
}

// inboundLine is an inbound frame of about size bytes, of one of eight chats, without an id that would make it a copy.
func inboundLine(size, i int) []byte {
	event := fmt.Sprintf(`{"text":"%%s","message_type":"text","message_id":"","source":{"platform":"discord","chat_id":"chat-%d",`+
		`"chat_type":"group","chat_name":"general","user_id":"u-%d","user_name":"someone","thread_id":null,"chat_topic":null,`+
		`"message_id":"m-%d","guild_id":"g-1"}}`, i%8, i%8, i)
	bare := wire.AppendInbound(nil, fmt.Appendf(nil, event, ""), "")
	return wire.AppendInbound(nil, fmt.Appendf(nil, event, strings.Repeat("x", size-len(bare))), "")
}

// answer resolves every request at once; what was read together is answered together.
func answer(conn net.Conn) {
	if greet(conn) != nil {
		return
	}
	reader := bufio.NewReaderSize(conn, 64<<10)
	var out []byte
	key := []byte(`"requestId":"`)
	for {
		header, err := ws.ReadHeader(reader)
		if err != nil {
			return
		}
		payload := make([]byte, header.Length)
		if _, err := io.ReadFull(reader, payload); err != nil {
			return
		}
		ws.Cipher(payload, header.Mask, 0)
		if at := bytes.Index(payload, key); at >= 0 {
			id := payload[at+len(key) : at+len(key)+32]
			result := fmt.Appendf(nil, `{"type":"outbound_result","requestId":"%s","result":{"success":true,"message_id":"m1"}}`+"\n", id)
			out = append(out, textFrame(result)...)
		}
		if reader.Buffered() == 0 && len(out) > 0 {
			if _, err := conn.Write(out); err != nil {
				return
			}
			out = out[:0]
		}
	}
}
