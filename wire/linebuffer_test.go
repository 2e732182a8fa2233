package wire_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"hermod/wire"
)

// feed returns the lines of a stream that comes in these chunks.
func feed(t *testing.T, chunks ...string) []string {
	t.Helper()
	var lines []string
	b := wire.NewLineBuffer(0)
	for _, chunk := range chunks {
		raw := []byte(chunk)
		if err := b.Feed(raw, func(line []byte) { lines = append(lines, string(line)) }); err != nil {
			t.Fatal(err)
		}
		for i := range raw {
			raw[i] = '!' // the chunk is the caller's again
		}
	}
	return lines
}

func TestLineBufferJoinsChunksIntoLines(t *testing.T) {
	for _, c := range []struct {
		name   string
		chunks []string
		want   []string
	}{
		{"one line", []string{"a\n"}, []string{"a"}},
		{"several lines in one chunk", []string{"a\nb\nc\n"}, []string{"a", "b", "c"}},
		{"a line in several chunks", []string{"a", "b", "c\nd", "\n"}, []string{"abc", "d"}},
		{"carriage returns", []string{"a\r\nb\r", "\nc\n"}, []string{"a", "b", "c"}},
		{"a carriage return inside is content", []string{"a\rb\n"}, []string{"a\rb"}},
		{"only the last carriage return is dropped", []string{"a\r\r\n"}, []string{"a\r"}},
		{"blank lines", []string{"\n\r\n \t\n", "a\n", "\u00a0\u2003\n\n"}, []string{"a"}},
		{"a rune split over two chunks", []string{"\xc3", "\xa9\n\xf0\x9f", "\x98\x80\n"}, []string{"é", "😀"}},
		{"invalid UTF-8 is passed on", []string{"\xff\n"}, []string{"\xff"}},
		{"a last line without its end dies", []string{"a\nb"}, []string{"a"}},
		{"empty chunks", []string{"", "a", "", "\n"}, []string{"a"}},
		{"space around a line stays", []string{" a \n"}, []string{" a "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := feed(t, c.chunks...); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestLineBufferBoundsALine(t *testing.T) {
	const limit = wire.MinMaxFrame
	whole := strings.Repeat("x", limit)
	for _, c := range []struct {
		name     string
		chunks   []string
		lines    int
		tooLarge bool
	}{
		{"exactly the limit", []string{whole + "\n"}, 1, false},
		{"exactly the limit and a carriage return", []string{whole + "\r\n"}, 1, false},
		{"exactly the limit in pieces", []string{whole[:7], whole[7:], "\r", "\n"}, 1, false},
		{"one byte more", []string{whole + "x\n"}, 0, true},
		{"one byte more in pieces", []string{whole, "x"}, 0, true},
		{"one byte more after a carriage return", []string{whole, "\r", "x"}, 0, true},
		{"no end in sight", []string{whole, whole}, 0, true},
		{"good lines before it are emitted", []string{"a\nb\n" + whole + "xx"}, 2, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, lines := wire.NewLineBuffer(limit), 0
			var err error
			for _, chunk := range c.chunks {
				err = b.Feed([]byte(chunk), func([]byte) { lines++ })
			}
			var tooLarge *wire.FrameTooLargeError
			if got := errors.As(err, &tooLarge); got != c.tooLarge || lines != c.lines {
				t.Fatalf("%d lines, error %v", lines, err)
			}
			if c.tooLarge && (tooLarge.Limit != limit || b.Buffered() != 0) {
				t.Errorf("limit %d, still holding %d bytes", tooLarge.Limit, b.Buffered())
			}
		})
	}
}

func TestLineBufferStaysFailed(t *testing.T) {
	b := wire.NewLineBuffer(1)
	first := b.Feed(make([]byte, wire.MinMaxFrame+2), func([]byte) {})
	again := b.Feed([]byte("a\n"), func([]byte) { t.Error("emitted a line of a broken stream") })
	if first == nil || !errors.Is(again, first) {
		t.Errorf("first %v, then %v", first, again)
	}
}

func TestLineBufferLimitHasAFloorAndADefault(t *testing.T) {
	for limit, want := range map[int]int{
		-1: wire.DefaultMaxFrame, 0: wire.DefaultMaxFrame, 5: wire.MinMaxFrame, 3 << 20: 3 << 20,
	} {
		b := wire.NewLineBuffer(limit)
		if err := b.Feed(make([]byte, want), func([]byte) {}); err != nil {
			t.Errorf("limit %d: %d bytes: %v", limit, want, err)
		}
		if b.Feed([]byte("x"), func([]byte) {}) == nil {
			t.Errorf("limit %d: %d bytes pass", limit, want+1)
		}
	}
}

func TestLineBufferHoldsNothingBetweenLines(t *testing.T) {
	b := wire.NewLineBuffer(0)
	_ = b.Feed([]byte("abc\nde"), func([]byte) {})
	if b.Buffered() != 2 {
		t.Errorf("holds %d bytes of an incomplete line", b.Buffered())
	}
	_ = b.Feed([]byte("\n"), func([]byte) {})
	if b.Buffered() != 0 {
		t.Errorf("holds %d bytes after the line", b.Buffered())
	}
	chunk := []byte("one\ntwo\nthree\n")
	if n := testing.AllocsPerRun(100, func() { _ = b.Feed(chunk, func([]byte) {}) }); n != 0 {
		t.Errorf("whole lines cost %v allocations", n)
	}
}
