package main

import (
	"bufio"
	"encoding/json"
	"io"
	"math/rand/v2"
)

// asProcess is the argument that makes the program the subprocess of a bot.
const asProcess = "as-process"

// beProcess acknowledges what it reads and answers some of it, until the input ends or it dies.
func beProcess(in io.Reader, out io.Writer, dies func() bool) {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	answers := json.NewEncoder(out)
	for lines.Scan() {
		var record struct{ Kind, BufferID string }
		if json.Unmarshal(lines.Bytes(), &record) != nil || record.Kind != "inbound" {
			continue
		}
		if dies() {
			return
		}
		if record.BufferID != "" {
			_ = answers.Encode(map[string]any{"do": "ack", "bufferId": record.BufferID})
		}
		if rand.IntN(10) == 0 {
			_ = answers.Encode(map[string]any{"do": "send", "action": map[string]any{"op": "send", "chat_id": "c", "content": "x"}})
		}
	}
}
