package check

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// These are the parts of a JUnit report that readers of it agree on.
type junitSuites struct {
	XMLName xml.Name   `xml:"testsuites"`
	Suite   junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitFailure `xml:"failure,omitempty"`
	Skipped *junitSkipped `xml:"skipped,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

type junitSkipped struct {
	Message string `xml:"message,attr"`
}

// WriteJUnit writes the report as JUnit XML, in which what is not applicable is skipped. The errors are those of w.
func (r Report) WriteJUnit(w io.Writer, name string) error {
	suite := junitSuite{Name: name, Tests: len(r.Results), Failures: r.Count(Broken), Skipped: r.Count(NotApplicable)}
	total := 0.0
	for _, result := range r.Results {
		total += result.Seconds
		c := junitCase{Class: name, Name: result.Name, Time: fmt.Sprintf("%.3f", result.Seconds)}
		switch result.Verdict {
		case Broken:
			c.Failure = &junitFailure{Message: result.Reason, Text: result.Evidence()}
		case NotApplicable:
			c.Skipped = &junitSkipped{Message: result.Reason}
		}
		suite.Cases = append(suite.Cases, c)
	}
	suite.Time = fmt.Sprintf("%.3f", total)
	text, err := xml.MarshalIndent(junitSuites{Suite: suite}, "", "  ")
	if err == nil {
		_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	}
	return err
}

// Evidence is what a broken check expected, sent and saw, in lines.
func (r Result) Evidence() string {
	var text strings.Builder
	fmt.Fprintf(&text, "rule      %s (%s)\n", r.Rule, r.Section)
	fmt.Fprintf(&text, "expected  %s\n", r.Expected)
	for _, part := range []struct {
		name  string
		lines []string
	}{{"sent", r.Sent}, {"came", r.Came}} {
		label := part.name
		for _, line := range part.lines {
			fmt.Fprintf(&text, "%-8s  %s\n", label, line)
			label = ""
		}
	}
	return text.String()
}
