package actors

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"testing"

	"github.com/gobwas/ws"
)

// unspawned is a writer that gathers, and that nothing is told.
func unspawned() *writer {
	cfg := &config{settings: new(settings)}
	cfg.MaxPendingBytes = 1 << 20
	return &writer{connection: new(connection), cfg: cfg, counters: new(counters)}
}

func TestAcknowledgementsAreGatheredOnceInTheOrderInWhichTheyCame(t *testing.T) {
	const each = 1000
	w := unspawned()
	var wg sync.WaitGroup
	for _, name := range []string{"a", "b"} {
		wg.Go(func() {
			for i := range each {
				w.writer.acks.put(&ack{bufferID: fmt.Sprintf("%s%d", name, i)})
			}
		})
	}
	ended := make(chan struct{})
	go func() { wg.Wait(); close(ended) }()
	for over := false; !over; {
		select {
		case <-ended:
			over = true
		default:
		}
		w.gatherAcks()
	}
	next := map[byte]int{}
	stream := bytes.NewReader(w.gathered.bytes)
	for {
		header, err := ws.ReadHeader(stream)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		line := make([]byte, header.Length)
		_, _ = io.ReadFull(stream, line)
		ws.Cipher(line, header.Mask, 0)
		_, id, _ := bytes.Cut(line, []byte(`"bufferId":"`))
		if want := fmt.Sprintf("%c%d\"}\n", id[0], next[id[0]]); string(id) != want {
			t.Fatalf("acknowledgement is %s, want %s", id, want)
		}
		next[id[0]]++
	}
	if next['a'] != each || next['b'] != each || w.counters.Acks.Load() != 2*each {
		t.Errorf("%v, %d were counted", next, w.counters.Acks.Load())
	}
}

func TestNothingIsAcknowledgedBehindACloseFrameOrOnABrokenConnection(t *testing.T) {
	closing, broken := unspawned(), unspawned()
	closing.closing, broken.broken = true, io.ErrClosedPipe
	for _, w := range []*writer{closing, broken} {
		w.writer.acks.put(&ack{bufferID: "b1"})
		w.gatherAcks()
		if len(w.gathered.bytes) > 0 || w.counters.Acks.Load() > 0 || w.writer.acks.take() != nil {
			t.Error("an acknowledgement was gathered, or kept")
		}
	}
}
