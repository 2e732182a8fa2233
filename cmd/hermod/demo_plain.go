package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// demoLog is the view of a pipe or a file: the story line by line, and the table now and then.
type demoLog struct {
	out   io.Writer
	told  int           // lines of the story that are written
	table time.Duration // when the last table was written
}

// tableEvery is the time between two tables, and logWidth the width of their lines.
const (
	tableEvery = 5 * time.Second
	logWidth   = 100
)

func (v *demoLog) open()    {}
func (v *demoLog) release() {}

func (v *demoLog) show(s demoSnapshot) {
	v.writeStory(s)
	if s.elapsed-v.table >= tableEvery {
		v.table = s.elapsed
		v.writeTable(s)
	}
}

func (v *demoLog) end(s demoSnapshot) {
	v.writeStory(s)
	v.writeTable(s)
	v.write(demoPicture{width: logWidth}.account(*s.account))
}

func (v *demoLog) writeStory(s demoSnapshot) {
	for _, line := range s.story {
		if line.number > v.told {
			v.told = line.number
			v.write([]string{line.at.Format("15:04:05") + " " + line.text})
		}
	}
}

func (v *demoLog) writeTable(s demoSnapshot) {
	p := demoPicture{width: logWidth}
	v.write([]string{""}, p.head(s), p.table(s), []string{""})
}

// write ignores errors: nobody reads on, and the exit code says how it ended.
func (v *demoLog) write(blocks ...[]string) {
	for _, block := range blocks {
		for _, line := range block {
			_, _ = fmt.Fprintln(v.out, strings.TrimRight(line, " "))
		}
	}
}
