package main

import (
	"os"
	"strings"
	"testing"
)

// TestReadmeShowsWhatTheTestsRun keeps the code that a newcomer pastes the same as the code that is tested.
func TestReadmeShowsWhatTheTestsRun(t *testing.T) {
	readme := read(t, "../../README.md")
	for _, script := range []string{"testdata/pipe.py", "testdata/pipe.mjs", "../../examples/receiver.py"} {
		text := read(t, script)
		if !strings.Contains(readme, text) {
			t.Errorf("the README does not show %s as it is", script)
		}
		if lines := strings.Count(text, "\n"); lines > 10 {
			t.Errorf("%s has %d lines", script, lines)
		}
	}
	_, shown, _ := strings.Cut(readme, "```go\n")
	shown, _, _ = strings.Cut(shown, "```")
	if lines := strings.Count(shown, "\n"); lines == 0 || lines > 15 {
		t.Errorf("the embedding has %d lines", lines)
	}
	example := strings.ReplaceAll(read(t, "../../actors/example_test.go"), "\t", "")
	if !strings.Contains(example, strings.ReplaceAll(shown, "\t", "")) {
		t.Error("the README's embedding is not the Example of package actors")
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
