package pipe

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// MaxCommand bounds a command's line in bytes: an action of 1 MiB and what escaping adds to it.
const MaxCommand = 2 << 20

var errCommandTooLong = fmt.Errorf("the command is longer than %d bytes; it was skipped", MaxCommand)

// lineReader cuts an input into lines.
type lineReader struct {
	input *bufio.Reader
	line  []byte
}

func newLineReader(r io.Reader) *lineReader {
	return &lineReader{input: bufio.NewReaderSize(r, 64<<10)}
}

// next returns the next line without its line break, also one that the end of the input cut off. It
// is valid until the next call. After errCommandTooLong, which skips a line, reading goes on; any
// other error is the input's end.
func (l *lineReader) next() ([]byte, error) {
	l.line = l.line[:0]
	tooLong := false
	for {
		piece, err := l.input.ReadSlice('\n')
		if tooLong = tooLong || len(l.line)+len(piece) > MaxCommand+1; !tooLong {
			l.line = append(l.line, piece...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case tooLong:
			l.line = nil
			return nil, errCommandTooLong
		case err != nil && len(l.line) == 0:
			return nil, err
		}
		// Another error than the line's end comes again at the next read.
		return l.line, nil
	}
}
