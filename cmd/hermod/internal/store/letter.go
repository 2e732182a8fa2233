package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"

	json "github.com/goccy/go-json"
)

// maxCause bounds how much of an error is kept, in bytes.
const maxCause = 1 << 10

// Letter is a delivery that failed for good.
type Letter struct {
	// ID is the delivery's, by which receivers recognise it.
	ID string `json:"id"`
	// Bot is the bot's name in the configuration.
	Bot string `json:"bot"`
	// Kind is the record's: inbound, passthrough or dead_letter.
	Kind string `json:"kind"`
	// Session names the conversation; "" for what belongs to none.
	Session string `json:"session,omitempty"`
	// Cause is the last error; up to 1 KiB of it is kept.
	Cause string `json:"cause"`
	// Tries counts the times that it was delivered in vain, replays included.
	Tries int `json:"tries"`
	// First and Last are when the first and the last of these tries ended.
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`

	// Record is the delivery as its receiver gets it, a line of JSON. Lists leave it out.
	Record []byte `json:"-"`
	// Size is the record's, in bytes.
	Size int `json:"-"`

	number uint64
	age    time.Duration // the store's, when it was put there
}

// head is what the file has of a letter beside its record. Files of before have no age, as if it came at the beginning.
type head struct {
	*Letter
	Age time.Duration `json:"age,omitempty"`
}

// encode gives a letter as the file has it: the length of what is said of it, that, and the record.
func (l *Letter) encode() ([]byte, error) {
	if len(l.Cause) > maxCause {
		l.Cause = string(bytes.ToValidUTF8([]byte(l.Cause[:maxCause]), nil)) + "…"
	}
	head, err := json.Marshal(head{l, l.age})
	if err != nil {
		return nil, fmt.Errorf("encode a dead letter: %w", err)
	}
	value := binary.AppendUvarint(make([]byte, 0, len(head)+len(l.Record)+binary.MaxVarintLen32), uint64(len(head)))
	return append(append(value, head...), l.Record...), nil
}

// decode reads a letter; its record is part of value.
func decode(number, value []byte) (*Letter, error) {
	length, n := binary.Uvarint(value)
	if n <= 0 || length > uint64(len(value)-n) {
		return nil, fmt.Errorf("%w: dead letter %x has no head", errDamaged, number)
	}
	l := new(Letter)
	h := head{Letter: l}
	if err := json.Unmarshal(value[n:n+int(length)], &h); err != nil {
		return nil, fmt.Errorf("%w: dead letter %x: %w", errDamaged, number, err)
	}
	l.age = h.Age
	l.Record = value[n+int(length):]
	l.Size = len(l.Record)
	if len(number) == 8 {
		l.number = binary.BigEndian.Uint64(number)
	}
	return l, nil
}

func keyOf(number uint64) []byte { return binary.BigEndian.AppendUint64(nil, number) }
