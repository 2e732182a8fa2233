package role

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"hermod/faults/internal/journal"
)

// child is the daemon's subprocess: it acknowledges what it handled. One that fails ends, so that it gets the event
// again in its next life.
func (c Config) child(notes *journal.Writer) error {
	var o orders
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 1<<20)
	for input.Scan() {
		var d record
		if json.Unmarshal(input.Bytes(), &d) != nil || d.Kind != "inbound" && d.Kind != "passthrough" {
			continue
		}
		id := d.message()
		notes.Note(journal.Begin, id, "")
		o.carryOut(id, d.Event.Text)
		notes.Note(journal.OK, id, "")
		fmt.Printf("{\"do\":\"ack\",\"bufferId\":%q}\n", d.BufferID)
	}
	return input.Err()
}
