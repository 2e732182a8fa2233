package demo

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// plainView is the view of a pipe or a file: the story line by line, and the table now and then.
type plainView struct {
	out   io.Writer
	told  int           // lines of the story that are written
	table time.Duration // when the last table was written
}

// tableEvery is the time between two tables, and logWidth the width of their lines.
const (
	tableEvery = 5 * time.Second
	logWidth   = 100
)

func (v *plainView) open()    {}
func (v *plainView) release() {}

func (v *plainView) show(s snapshot) {
	v.writeStory(s)
	if s.elapsed-v.table >= tableEvery {
		v.table = s.elapsed
		v.writeTable(s)
	}
}

func (v *plainView) end(s snapshot) {
	v.writeStory(s)
	v.writeTable(s)
	v.write(picture{width: logWidth}.account(*s.account))
}

func (v *plainView) writeStory(s snapshot) {
	for _, line := range s.story {
		if line.number > v.told {
			v.told = line.number
			v.write([]string{line.at.Format("15:04:05") + " " + line.text})
		}
	}
}

func (v *plainView) writeTable(s snapshot) {
	p := picture{width: logWidth}
	v.write([]string{""}, p.head(s), p.table(s), []string{""})
}

// write ignores errors: nobody reads on, and the exit code says how it ended.
func (v *plainView) write(blocks ...[]string) {
	for _, block := range blocks {
		for _, line := range block {
			_, _ = fmt.Fprintln(v.out, strings.TrimRight(line, " "))
		}
	}
}
