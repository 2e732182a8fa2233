package socket_test

import (
	"errors"
	"io"
	"runtime"
	"sync/atomic"
	"testing"

	"hermod/actors/internal/socket"
)

// parked is a source at a poller, whose turn is a function.
type parked struct {
	t      *testing.T
	poller *socket.SharedPoller
	source socket.Source
	place  socket.Parking
	far    io.WriteCloser
	turn   func(p *parked, with socket.Turn, ended bool)
	woken  chan struct{} // without the poller
}

// Turn implements socket.Waker.
func (p *parked) Turn(with socket.Turn, ended bool) { p.turn(p, with, ended) }

// Wake implements socket.Waker.
func (p *parked) Wake() { close(p.woken) }

func park(t *testing.T, poller *socket.SharedPoller, turn func(*parked, socket.Turn, bool)) *parked {
	t.Helper()
	near, far := pair(t)
	p := &parked{t: t, poller: poller, source: socket.NewSource(near, nil), far: far, turn: turn,
		woken: make(chan struct{})}
	p.place.Waker = p
	if err := p.source.Park(poller, &p.place); !errors.Is(err, socket.ErrParked) {
		t.Fatalf("error of parking is %v", err)
	}
	return p
}

func (p *parked) write(text string) {
	p.t.Helper()
	if _, err := p.far.Write([]byte(text)); err != nil {
		p.t.Fatal(err)
	}
}

// read reads all that there is, and gives the source back.
func (p *parked) read(ended bool) (got string, err error) {
	p.source.Brief(ended)
	for {
		data, err := p.source.Read()
		got += string(data)
		p.source.Release()
		switch {
		case errors.Is(err, socket.ErrQuiet):
			if p.place.Rest(p.poller) {
				return got, nil
			}
			p.source.Brief(true)
		case err != nil:
			return got, err
		}
	}
}

// rescue counts how often what waited behind a turn was rescued.
type rescue struct{ times atomic.Int32 }

// Rescue implements socket.Turn.
func (r *rescue) Rescue() { r.times.Add(1) }

// ring has a hundred sources, each of which is written to when the one before has had its turn.
func ring(t *testing.T, poller *socket.SharedPoller) (begin func(), done <-chan struct{}) {
	const count = 100
	sources, over := make([]*parked, count), make(chan struct{})
	for i := range sources {
		sources[i] = park(t, poller, func(p *parked, _ socket.Turn, ended bool) {
			if got, err := p.read(ended); err != nil || got != "x" {
				t.Errorf("read %q, error %v", got, err)
			}
			if i+1 == count {
				close(over)
				return
			}
			sources[i+1].write("x")
		})
	}
	return func() { sources[0].write("x") }, over
}

func TestATurnThatTakesLongHoldsUpNoOther(t *testing.T) {
	held := new(rescue)
	poller := &socket.SharedPoller{NewTurn: func() socket.Turn { return held }}
	defer poller.Close()
	begin, done := ring(t, poller)
	returned := make(chan struct{})
	slow := park(t, poller, func(p *parked, _ socket.Turn, ended bool) {
		defer close(returned)
		_, _ = p.read(ended)
		begin()
		<-done
	})
	slow.write("x")
	<-returned
	if held.times.Load() == 0 {
		t.Error("nothing was rescued")
	}
}

func TestATurnThatEndsItsGoroutineHoldsUpNoOther(t *testing.T) {
	held := new(rescue)
	poller := &socket.SharedPoller{NewTurn: func() socket.Turn { return held }}
	defer poller.Close()
	begin, done := ring(t, poller)
	last := park(t, poller, func(p *parked, _ socket.Turn, ended bool) {
		_, _ = p.read(ended)
		runtime.Goexit()
	})
	last.write("x")
	begin()
	<-done
	last.write("x")
	for held.times.Load() < 2 {
		runtime.Gosched()
	}
}

func TestWhatComesDuringATurnIsReadInTheNext(t *testing.T) {
	var poller socket.SharedPoller
	defer poller.Close()
	const pieces = 200
	var p *parked
	var got atomic.Int32
	done := make(chan struct{})
	p = park(t, &poller, func(p *parked, _ socket.Turn, ended bool) {
		text, err := p.read(ended)
		if err != nil {
			t.Error(err)
		}
		if got.Add(int32(len(text))) == pieces {
			close(done)
		}
	})
	for range pieces {
		p.write("x")
	}
	<-done
}

func TestWhatComesDuringATurnThatIsHeldUpIsReadInIt(t *testing.T) {
	var poller socket.SharedPoller
	defer poller.Close()
	begin, done := ring(t, &poller)
	returned := make(chan struct{})
	slow := park(t, &poller, func(p *parked, _ socket.Turn, _ bool) {
		defer close(returned)
		p.source.Brief(false)
		if data, err := p.source.Read(); err != nil || string(data) != "x" {
			t.Errorf("read %q, error %v", data, err)
		}
		p.source.Release()
		p.write("y")
		begin()
		<-done // whoever leads now has come upon what was written
		if p.place.Rest(&poller) {
			t.Error("it rests, and nobody will be told of what came")
			return
		}
		if got, err := p.read(true); err != nil || got != "y" {
			t.Errorf("read %q, error %v", got, err)
		}
	})
	slow.write("x")
	<-returned
}

func TestATurnFindsTheEndThatCameWithTheLastBytes(t *testing.T) {
	for range 50 {
		var poller socket.SharedPoller
		read := make(chan string, 100)
		p := park(t, &poller, func(p *parked, _ socket.Turn, ended bool) {
			text, err := p.read(ended)
			read <- text
			if err != nil {
				if !errors.Is(err, io.EOF) {
					t.Error(err)
				}
				close(read)
			}
		})
		p.write("last")
		_ = p.far.Close()
		all := ""
		for text := range read {
			all += text
		}
		if all != "last" {
			t.Errorf("read %q", all)
		}
		poller.Close()
	}
}

func TestASourceThatLeavesItsTurnIsReportedNoMoreAndCanParkAgain(t *testing.T) {
	var poller socket.SharedPoller
	turns := make(chan *parked, 100)
	p := park(t, &poller, func(p *parked, _ socket.Turn, _ bool) {
		p.source.Leave(p.poller, &p.place)
		turns <- p
	})
	p.write("x")
	<-turns
	p.write("y")
	p.source.Watch()
	for got := ""; got != "xy"; {
		data, err := p.source.Read()
		if err != nil {
			t.Fatal(err)
		}
		got += string(data)
		p.source.Release()
	}
	p.write("z") // it is there when the source parks
	if err := p.source.Park(&poller, &p.place); !errors.Is(err, socket.ErrParked) {
		t.Fatalf("error of parking is %v", err)
	}
	<-turns
	poller.Close()
	if len(turns) > 0 {
		t.Errorf("%d more turns", len(turns))
	}
}

func TestTheEndOfThePollerWakesASourceWhoseTurnIsUnderWay(t *testing.T) {
	var poller socket.SharedPoller
	begun, closed := make(chan struct{}), make(chan struct{})
	p := park(t, &poller, func(p *parked, _ socket.Turn, ended bool) {
		close(begun)
		<-closed
		_, _ = p.read(ended)
	})
	p.write("x")
	<-begun
	poller.Close()
	close(closed)
	<-p.woken
}
