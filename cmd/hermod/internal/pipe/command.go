package pipe

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	json "github.com/goccy/go-json"

	"hermod/wire"
)

// maxCommandID bounds a command's id in bytes, since ids are kept until the answer.
const maxCommandID = 4096

// command is one line of standard input, taken apart.
type command struct {
	id     json.RawMessage // as given, nil without one
	do     string
	fields map[string]json.RawMessage
}

// parseCommand reads a line. When it fails, the command still has its id if that could be read.
func parseCommand(line []byte) (command, error) {
	var c command
	switch {
	case !utf8.Valid(line):
		return c, errors.New("the command is not valid UTF-8")
	case !json.Valid(line):
		return c, errors.New(`the command is not valid JSON; write one object per line, for example {"do":"wake"}`)
	case line[0] != '{' || json.Unmarshal(line, &c.fields) != nil:
		return c, errors.New(`the command is not a JSON object; write one object per line, for example {"do":"wake"}`)
	}
	if id := c.fields["id"]; len(id) > maxCommandID || len(id) > 0 && (id[0] == '{' || id[0] == '[') {
		return c, fmt.Errorf(`"id" must be a string or a number of at most %d bytes`, maxCommandID)
	}
	c.id = bytes.Clone(c.fields["id"]) // so that the rest of the line can be freed
	var err error
	if c.do, err = c.text("do"); err != nil {
		return c, fmt.Errorf("%w; one of %s", err, commandNames)
	}
	if performers[c.do] == nil {
		return c, fmt.Errorf(`"do" is %.40q, which is not a command; use one of %s`, c.do, commandNames)
	}
	return c, nil
}

// commandNames lists the commands for messages.
var commandNames = strings.Join(slices.Sorted(maps.Keys(performers)), ", ")

// get returns a field; null is none.
func (c command) get(field string) (json.RawMessage, bool) {
	raw := c.fields[field]
	return raw, len(raw) > 0 && string(raw) != "null"
}

// text returns a string that must be there.
func (c command) text(field string) (string, error) {
	text, err := c.optionalText(field)
	if err == nil && (text == nil || *text == "") {
		err = fmt.Errorf("%q is missing; give it as a string", field)
	}
	if err != nil {
		return "", err
	}
	return *text, nil
}

// optionalText returns a string, or nil when there is none.
func (c command) optionalText(field string) (*string, error) {
	raw, ok := c.get(field)
	if !ok {
		return nil, nil
	}
	var text string
	if raw[0] != '"' || json.Unmarshal(raw, &text) != nil {
		return nil, fmt.Errorf("%q must be a string", field)
	}
	return &text, nil
}

// action returns the action that must be there.
func (c command) action() (wire.Action, error) {
	raw, ok := c.get("action")
	if !ok {
		return wire.Action{}, errors.New(`"action" is missing; give it as an object, for example {"op":"send","chat_id":"c1","content":"hello"}`)
	}
	if raw[0] != '{' {
		return wire.Action{}, errors.New(`"action" must be an object`)
	}
	action, err := wire.ParseAction(raw)
	if err != nil {
		return wire.Action{}, fmt.Errorf(`"action" cannot be sent: %w`, err)
	}
	return action, nil
}

// timeout returns the positive duration, 0 when there is none.
func (c command) timeout() (time.Duration, error) {
	raw, ok := c.get("timeout")
	if !ok {
		return 0, nil
	}
	wrong := errors.New(`"timeout" must be a positive duration such as "10s", or a number of seconds`)
	var seconds float64
	if json.Unmarshal(raw, &seconds) == nil {
		if seconds*float64(time.Second) < 1 || seconds > float64(math.MaxInt64/int64(time.Second)) {
			return 0, wrong
		}
		return time.Duration(seconds * float64(time.Second)), nil
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return 0, wrong
	}
	timeout, err := time.ParseDuration(text)
	if err != nil || timeout <= 0 {
		return 0, wrong
	}
	return timeout, nil
}
