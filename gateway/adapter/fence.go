package adapter

import "strings"

const (
	fenceMark  = "```"
	fenceClose = "\n" + fenceMark
)

// fence says whether a place in a text is inside a fenced code block, and in which language.
type fence struct {
	open     bool
	language string
}

// after returns the state behind a line: one that begins with three backticks opens a block
// or ends it. Backticks behind the mark make it inline code ("```like this```").
func (f fence) after(line string) fence {
	info, marked := strings.CutPrefix(strings.TrimSpace(line), fenceMark)
	info = strings.TrimLeft(info, "`")
	switch {
	case !marked:
		return f
	case f.open:
		return fence{}
	case strings.Contains(info, "`"):
		return f
	}
	language, _, _ := strings.Cut(strings.TrimSpace(info), " ")
	return fence{open: true, language: language}
}

// reopening returns the line that opens the block again in the next chunk, "" outside one.
func (f fence) reopening() string {
	if !f.open {
		return ""
	}
	return fenceMark + f.language + "\n"
}

// outline is what the end of a text is in the middle of.
type outline struct {
	fence
	fenceStart int // of the line that opened the block, -1 if none is open or it was before the text
	spanStart  int // of the backtick that opened inline code, -1 if none is open
}

func outlineOf(text string, before fence) outline {
	o := outline{fence: before, fenceStart: -1, spanStart: -1}
	for start := 0; start < len(text); {
		end := lineEnd(text, start)
		o.read(text[start:end], start)
		start = end + 1
	}
	return o
}

func (o *outline) read(line string, start int) {
	after := o.after(line)
	switch {
	case after.open && !o.open:
		o.fenceStart = start
	case o.open && !after.open:
		o.fenceStart = -1
	case !after.open:
		o.readSpans(line, start)
	}
	o.fence = after
}

func (o *outline) readSpans(line string, start int) {
	for i := range len(line) {
		if line[i] != '`' || i > 0 && line[i-1] == '\\' {
			continue
		}
		if o.spanStart >= 0 {
			o.spanStart = -1
		} else {
			o.spanStart = start + i
		}
	}
}

// lineEnd returns where the line that holds a place ends, without its line break.
func lineEnd(text string, place int) int {
	if n := strings.IndexByte(text[place:], '\n'); n >= 0 {
		return place + n
	}
	return len(text)
}

// lineStart returns where the line that holds a place begins.
func lineStart(text string, place int) int {
	return strings.LastIndexByte(text[:place], '\n') + 1
}
