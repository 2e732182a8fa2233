package actors_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the tables of offences")

const (
	hostileFile   = "HOSTILE.md"
	beginOffences = "<!-- offences: go test ./actors -run HostileConnectorDocument -update -->\n"
	endOffences   = "<!-- end of offences -->\n"
)

func TestTheHostileConnectorDocumentTellsOfEveryOffence(t *testing.T) {
	text, err := os.ReadFile(hostileFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), beginOffences)
	shown, after, ended := strings.Cut(rest, endOffences)
	if !found || !ended {
		t.Fatalf("%s has no place for the offences", hostileFile)
	}
	tables := offenceTables()
	if *update {
		if err := os.WriteFile(hostileFile, []byte(before+beginOffences+tables+endOffences+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if shown != tables {
		t.Errorf("%s shows other offences; run this test with -update:\n%s", hostileFile, tables)
	}
}

func TestNoOffenceTakesMoreMemoryThanTheDocumentSays(t *testing.T) {
	for _, o := range offences() {
		if most := slices.Max(o.heap[:]); most > beyondQueue>>20 {
			t.Errorf("%s: %v MiB beside the queue, more than %d", o.name, most, beyondQueue>>20)
		}
	}
}

func offenceTables() string {
	var b strings.Builder
	for _, kind := range offenceKinds {
		fmt.Fprintf(&b, "\n### %s\n\n| the connector sends | the relay | the status shows | MiB |\n| --- | --- | --- | --- |\n", kind.name)
		for _, o := range kind.offences {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", o.name, o.answer, o.evidence(), o.heapText())
		}
	}
	return b.String() + "\n"
}

func (a answer) String() string {
	switch a {
	case goesOn:
		return "goes on"
	case leaves:
		return "leaves"
	}
	return fmt.Sprintf("closes with %d", int(a))
}

// evidence says what the status shows of an offence.
func (o *offence) evidence() string {
	var shown []string
	if o.shows != "" {
		shown = append(shown, fmt.Sprintf("“%s”", strings.TrimSuffix(o.shows, ": ")))
	}
	if o.counts != "" {
		shown = append(shown, fmt.Sprintf("`%s`", o.counts))
	}
	return strings.Join(shown, ", ")
}

// heapText is one number when the size of the queue makes no difference.
func (o *offence) heapText() string {
	text := fmt.Sprint(o.heap[0])
	for _, other := range o.heap[1:] {
		if other != o.heap[0] {
			return strings.Trim(strings.ReplaceAll(fmt.Sprint(o.heap), " ", ", "), "[]")
		}
	}
	return text
}
