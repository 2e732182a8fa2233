package world

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"golang.org/x/sys/unix"

	"hermod/faults/internal/schedule"
)

// Serve makes the process a world: it plays each schedule that it reads, a line of JSON, and writes a line with its
// Result. It returns when its input ends.
func Serve(options string, in io.Reader, out io.Writer) error {
	var o Options
	if err := json.Unmarshal([]byte(options), &o); err != nil {
		return fmt.Errorf("read the world's options: %w", err)
	}
	if o.Isolated {
		if err := isolate(); err != nil {
			return err
		}
	}
	w, err := Open(o)
	if err != nil {
		return err
	}
	defer w.Close()
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var s schedule.Schedule
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			return fmt.Errorf("read a schedule: %w", err)
		}
		line, err := json.Marshal(w.Play(context.Background(), s))
		if err != nil {
			return err
		}
		if _, err := out.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return lines.Err()
}

// isolate has the process keep its mounts to itself, and see the processes of its own namespace.
func isolate() error {
	if err := unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make the mounts private: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	return nil
}
