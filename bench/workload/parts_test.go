package workload

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gobwas/ws"
	"github.com/goccy/go-json"

	"hermod/wire"
)

func TestTheBlockIsFramesOfTheSizeFromEachChatInTurn(t *testing.T) {
	for _, size := range []int{420, 4096} {
		for _, batch := range []int{1, 16} {
			for _, scenario := range []string{Inbound, InboundAcks} {
				b := newBlock(Spec{Scenario: scenario, Size: size, Batch: batch}, blockSize, chats)
				lines := bytes.SplitAfter(bytes.TrimSuffix(joinPayloads(t, b), []byte{'\n'}), []byte{'\n'})
				if len(lines) != b.frames || len(b.ends) != b.frames/batch {
					t.Fatalf("%d lines in %d messages, want %d of %d each", len(lines), len(b.ends), b.frames, batch)
				}
				for i, line := range lines[:len(lines)-1] {
					if len(line) != size {
						t.Fatalf("line %d has %d bytes, want %d", i, len(line), size)
					}
				}
				last, err := new(wire.Decoder).Inbound(lines[chats-1])
				if err != nil {
					t.Fatal(err)
				}
				if last.Event.Source.ChatID != "chat-07" || (last.BufferID != "") != (scenario == InboundAcks) {
					t.Errorf("the eighth event is of %s with buffer id %q", last.Event.Source.ChatID, last.BufferID)
				}
			}
		}
	}
}

func joinPayloads(t *testing.T, b *block) (all []byte) {
	t.Helper()
	for i := range b.ends {
		all = append(all, payloadOf(t, b.message(i+len(b.ends)))...)
	}
	return all
}

// payloadOf is the payload of the one frame that message is.
func payloadOf(t *testing.T, message []byte) []byte {
	t.Helper()
	reader := bytes.NewReader(message)
	header, err := ws.ReadHeader(reader)
	if err != nil || header.Length != int64(reader.Len()) {
		t.Fatalf("header %+v before %d bytes, %v", header, reader.Len(), err)
	}
	return message[len(message)-reader.Len():]
}

func TestTheBaselinesDecodeWhatTheEngineDecodes(t *testing.T) {
	line := []byte(`{"type":"inbound","event":{"text":"hi","message_type":"photo","message_id":"m","reply_to_message_id":"r",` +
		`"media_urls":["u"],"media":[{"url":"u","kind":"image","mime":"image/png","filename":"f","caption":"c"}],` +
		`"source":{"platform":"discord","chat_id":"c","chat_type":"group","user_id":"u","thread_id":"t","guild_id":"g"},` +
		`"reply_to":{"text":"a","author":"b","is_own":true}},"bufferId":"7-0"}`)
	var frame Frame
	if err := json.Unmarshal(line, &frame); err != nil {
		t.Fatal(err)
	}
	want, err := new(wire.Decoder).Inbound(line)
	if err != nil {
		t.Fatal(err)
	}
	e, w := frame.Event, want.Event
	got := []string{e.Text, e.MessageType, e.MessageID, e.ReplyToMessageID, e.MediaURLs[0], e.Media[0].Kind,
		e.Media[0].Caption,
		e.Source.Platform, e.Source.ChatID, e.Source.ChatType, e.Source.UserID, e.Source.ThreadID, e.Source.GuildID,
		e.ReplyTo.Author, frame.BufferID}
	x := w.Extras()
	engine := []string{w.Text, string(w.MessageType), w.MessageID, w.ReplyToMessageID, x.MediaURLs[0], x.Media[0].Kind,
		x.Media[0].Caption,
		w.Source.Platform, w.Source.ChatID, w.Source.ChatType, w.Source.UserID, w.Source.ThreadID, w.Source.GuildID,
		x.ReplyTo.Author, want.BufferID}
	if !slices.Equal(got, engine) {
		t.Errorf("the baselines get %q, the engine %q", got, engine)
	}
}

func TestThePeerFindsTheRequestIDHoweverItIsEncoded(t *testing.T) {
	for _, line := range []string{
		`{"type":"outbound","requestId":"abc","action":{}}`,
		`{"action": {"op": "send"}, "requestId": "abc", "type": "outbound"}`,
	} {
		if id, ok := requestID([]byte(line)); !ok || string(id) != "abc" {
			t.Errorf("%q is found in %s, %v", id, line, ok)
		}
	}
	if id, ok := requestID([]byte(`{"type":"inbound_ack","bufferId":"1"}`)); ok {
		t.Errorf("%q is found where no request is", id)
	}
}

func TestThePeersAnswerResolvesTheRequest(t *testing.T) {
	id := strings.Repeat("a", 32)
	got, result, err := wire.DecodeOutboundResult(payloadOf(t, appendAnswer(nil, []byte(id))))
	if err != nil || got != id || !result.Success {
		t.Errorf("the answer is of %q: %+v, %v", got, result, err)
	}
}

func TestThePeerCutsFramesWhereverAReadEnds(t *testing.T) {
	for _, size := range []int{0, 5, 125, 126, 4000} {
		payload := bytes.Repeat([]byte{'x'}, size)
		stream := appendMasked(nil, payload)
		for end := range stream {
			if _, _, ok, err := cutFrame(stream[:end]); ok || err != nil {
				t.Fatalf("%d of %d bytes are a frame (%v)", end, len(stream), err)
			}
		}
		frame, rest, ok, err := cutFrame(append(bytes.Clone(stream), 0x81))
		if err != nil || !ok || len(rest) != 1 || frame.op != ws.OpText || !bytes.Equal(frame.unmask(), payload) {
			t.Errorf("a frame of %d bytes is cut to %d, rest %d, %v, %v", size, len(frame.payload), len(rest), ok, err)
		}
	}
	if _, _, _, err := cutFrame([]byte{0x81, 5, 0, 0, 0, 0}); !errors.Is(err, errFrame) {
		t.Errorf("an unmasked frame gives %v", err)
	}
}

// writes remembers each write.
type writes struct {
	all  [][]byte
	done chan struct{}
}

func (w *writes) Write(b []byte) (int, error) {
	w.all = append(w.all, bytes.Clone(b))
	close(w.done)
	return len(b), nil
}

func TestTheYieldingWriterWritesOnceForAllThatWaits(t *testing.T) {
	out := &writes{done: make(chan struct{})}
	writer := newYieldWriter(out, new(atomic.Int64))
	for range 3 {
		if err := writer.write([]byte("line\n")); err != nil {
			t.Fatal(err)
		}
	}
	ended, result := make(chan struct{}), make(chan error)
	go func() { result <- writer.run(ended) }()
	<-out.done
	close(ended)
	if err := <-result; !errors.Is(err, ErrClosed) {
		t.Errorf("the writer ended with %v", err)
	}
	if len(out.all) != 1 || len(out.all[0]) != 3*(2+4+5) {
		t.Errorf("%d writes: %v", len(out.all), out.all)
	}
	if err := writer.write([]byte("late\n")); !errors.Is(err, ErrClosed) {
		t.Errorf("a write after the end gives %v", err)
	}
}

// A request that the peer will not answer ends with its context or with the connection, and leaves nothing behind.
func TestRequestsEndWithTheirContextAndTheirConnection(t *testing.T) {
	for name, dial := range map[string]Dial{GobwasMutex: dialMutex, GobwasYield: dialYield} {
		t.Run(name, func(t *testing.T) {
			peer, err := StartPeer(Spec{Scenario: InboundAcks}) // it answers no requests
			if err != nil {
				t.Fatal(err)
			}
			client, err := dial(context.Background(), Target{URL: peer.Address().URL}, newHandler())
			if err != nil {
				t.Fatal(err)
			}
			cancelled, cancel := context.WithCancel(context.Background())
			cancel()
			if err := client.Send(cancelled, "chat-00", "x"); !errors.Is(err, context.Canceled) {
				t.Errorf("a cancelled request ends with %v", err)
			}
			lost := make(chan error)
			go func() { lost <- client.Send(context.Background(), "chat-00", "x") }()
			peer.Close()
			if err := <-lost; err == nil {
				t.Error("a request without an answer ended without an error")
			}
			if err := client.Send(context.Background(), "chat-00", "x"); err == nil {
				t.Error("a request after the end ended without an error")
			}
			client.Close()
		})
	}
}
