package wire_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// vector is one pair of input and output that was computed by running the reference.
type vector struct {
	Kind  string          `json:"kind"`
	Name  string          `json:"name"`
	In    json.RawMessage `json:"in"`
	Want  json.RawMessage `json:"want"`
	Since string          `json:"since"`
}

// failed is the output of a vector on which the reference raises.
type failed struct{}

// deviation is one rule by which we differ from the reference on purpose.
type deviation struct {
	kinds  []string
	rule   string
	reason string
	// expect turns what the reference gives into what we give; it returns its argument
	// where the rule says nothing.
	expect func(v vector, want any) any
}

// runners compute our output for a vector, by kind. Each file of runners adds its own.
var runners = map[string]func(t *testing.T, v vector) any{}

// deviations are applied to the reference's output in this order. Each file of runners adds
// its own.
var deviations []deviation

func register(runner func(t *testing.T, v vector) any, kinds ...string) {
	for _, kind := range kinds {
		runners[kind] = runner
	}
}

// TestVectors runs the reference's vectors: testdata/vectors.jsonl, or the file that
// HERMOD_VECTORS names.
func TestVectors(t *testing.T) {
	covered, deviating := map[string]int{}, map[string]int{}
	for _, v := range readVectors(t) {
		run, ok := runners[v.Kind]
		if !ok {
			t.Errorf("%s/%s: no runner for this kind", v.Kind, v.Name)
			continue
		}
		covered[v.Kind]++
		t.Run(v.Kind+"/"+v.Name, func(t *testing.T) { check(t, v, run(t, v), deviating) })
	}
	fmt.Print(report("vectors covered", covered))
	fmt.Print(report("vectors by deviation", deviating))
}

func check(t *testing.T, v vector, got any, deviating map[string]int) {
	want := expected(v, deviating)
	got = plain(t, got)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("in   %s\ngot  %s\nwant %s\nref  %s", v.In, show(got), show(want), v.Want)
	}
}

// expected applies the deviations to the reference's output.
func expected(v vector, deviating map[string]int) any {
	want := parse(v.Want)
	if m, ok := want.(map[string]any); ok && m["error"] != nil && len(m) == 1 {
		want = failed{}
	}
	for _, d := range deviations {
		if !slices.Contains(d.kinds, v.Kind) {
			continue
		}
		before := show(want)
		want = d.expect(v, want)
		if show(want) != before {
			deviating[d.rule]++
		}
	}
	return want
}

func readVectors(t *testing.T) []vector {
	path := os.Getenv("HERMOD_VECTORS")
	if path == "" {
		path = "testdata/vectors.jsonl"
	}
	f, err := os.Open(path)
	if err != nil && !filepath.IsAbs(path) {
		f, err = os.Open(filepath.Join("..", path)) // named from the module's root
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var vectors []vector
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatalf("%s: line %d: %v", path, len(vectors)+1, err)
		}
		vectors = append(vectors, v)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return vectors
}

func report(title string, counts map[string]int) string {
	total := 0
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		total += counts[name]
		fmt.Fprintf(&out, "  %4d  %s\n", counts[name], name)
	}
	return fmt.Sprintf("%s: %d\n%s", title, total, out.String())
}

// parse reads JSON into plain values, numbers as they are written.
func parse(raw []byte) any {
	if len(raw) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return failed{}
	}
	return v
}

// plain turns what a runner returns into the same plain values.
func plain(t *testing.T, v any) any {
	if _, ok := v.(failed); ok {
		return v
	}
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return parse(raw)
}

func show(v any) string {
	if _, ok := v.(failed); ok {
		return "an error"
	}
	raw, _ := json.Marshal(v)
	return string(raw)
}

// object reads a JSON object as its raw members, none for anything else.
func object(raw []byte) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	_ = json.Unmarshal(raw, &m)
	return m
}

// str reads a JSON string, "" for anything else.
func str(raw []byte) string {
	var s string
	_ = json.Unmarshal(raw, &s)
	return s
}

// input decodes a vector's input into a struct.
func input[T any](t *testing.T, v vector) T {
	t.Helper()
	var in T
	if err := json.Unmarshal(v.In, &in); err != nil {
		t.Fatalf("input: %v", err)
	}
	return in
}

// printed is what we make of a JSON value where a string belongs: null is "", and what is
// no string is printed as the JSON that was sent.
func printed(raw []byte) string {
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return ""
	case raw[0] == '"':
		return str(raw)
	}
	return string(raw)
}

// trueInPython says whether Python takes a JSON value for true.
func trueInPython(raw []byte) bool {
	switch v := parse(raw).(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case json.Number:
		f, err := v.Float64()
		return err != nil || f != 0
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return true
}
