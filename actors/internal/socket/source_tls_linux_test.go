package socket_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"hermod/actors/internal/socket"
	"hermod/wire/wiretest"
)

// tlsPair returns both ends of TLS over TCP: one whose reader can be parked, and the socket below the other.
func tlsPair(t *testing.T) (near, far *tls.Conn, below *wiretest.Gathering) {
	t.Helper()
	authority := wiretest.NewAuthority(t)
	client, server := pair(t)
	below = &wiretest.Gathering{Conn: server}
	near = tls.Client(socket.Tryable(client), &tls.Config{RootCAs: authority.Pool(), ServerName: "127.0.0.1"})
	far = tls.Server(below, &tls.Config{Certificates: []tls.Certificate{authority.Certificate()}})
	failed := make(chan error, 1)
	go func() { failed <- far.Handshake() }()
	if err := errors.Join(near.Handshake(), <-failed); err != nil {
		t.Fatal(err)
	}
	return near, far, below
}

func TestWhatTLSHasReadAheadIsNotWaitedFor(t *testing.T) {
	var shared socket.SharedPoller
	defer shared.Close()
	near, far, below := tlsPair(t)
	below.Gathers = true
	for _, text := range []string{"one", "two", "three"} {
		if _, err := far.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := below.Conn.Write(below.Kept); err != nil { // three records in one segment
		t.Fatal(err)
	}
	source, place := socket.NewSource(near, nil), &socket.Parking{Waker: make(woken, 1)}
	for _, want := range []string{"one", "two", "three"} {
		if data, err := source.Read(); err != nil || string(data) != want {
			t.Fatalf("read %q, error %v, want %q", data, err, want)
		}
		source.Release()
		source.Brief(false)
	}
	if _, err := source.Read(); !errors.Is(err, socket.ErrQuiet) {
		t.Errorf("error is %v", err)
	}
	if err := source.Park(&shared, place); !errors.Is(err, socket.ErrParked) {
		t.Errorf("error of parking is %v", err)
	}
}

func TestTLSReadsTheSameHoweverItsRecordsComeAndItsSourceRests(t *testing.T) {
	var shared socket.SharedPoller
	defer shared.Close()
	for seed := range uint64(20) {
		near, far, below := tlsPair(t)
		random := rand.New(rand.NewPCG(seed, 0))
		sent := make([]byte, 1+random.IntN(100_000))
		for i := range sent {
			sent[i] = byte(random.Uint32())
		}
		below.Gathers = true
		for rest := sent; len(rest) > 0; {
			n := min(len(rest), 1+random.IntN(20_000))
			_, _ = far.Write(rest[:n])
			rest = rest[n:]
		}
		_ = far.CloseWrite()
		_ = below.SetWriteDeadline(time.Time{}) // CloseWrite has let it pass
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			pieces := rand.New(rand.NewPCG(seed, 1))
			for rest := below.Kept; len(rest) > 0; {
				n := min(len(rest), 1+pieces.IntN(9_000))
				if pieces.IntN(20) == 0 {
					n = 1
				}
				_, _ = below.Conn.Write(rest[:n])
				rest = rest[n:]
			}
		}()
		got := readRestingly(t, &shared, near, random)
		if !bytes.Equal(got, sent) {
			t.Errorf("seed %d: read %d bytes, or others, of %d", seed, len(got), len(sent))
		}
		<-ended
	}
}

// readRestingly reads until the end, and parks whenever it is quiet; each time another source may go on.
func readRestingly(t *testing.T, shared *socket.SharedPoller, conn net.Conn, random *rand.Rand) (got []byte) {
	t.Helper()
	source, wake := socket.NewSource(conn, nil), make(woken, 1)
	place := &socket.Parking{Waker: wake}
	for {
		switch random.IntN(3) {
		case 0:
			source.Watch()
		case 1:
			source.Brief(false)
		}
		data, err := source.Read()
		switch {
		case errors.Is(err, socket.ErrQuiet):
			if err := source.Park(shared, place); !errors.Is(err, socket.ErrParked) {
				t.Fatalf("error of parking is %v", err)
			}
			<-wake
			source = socket.NewSource(conn, source)
		case errors.Is(err, io.EOF):
			return got
		case err != nil:
			t.Fatal(err)
		}
		got = append(got, data...)
		if data != nil {
			source.Release()
		}
	}
}
