package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// asHermod makes the test binary behave as the program, so that tests can run it as a process.
const asHermod = "HERMOD_TEST_AS_PROGRAM"

// asOther makes it behave as another program of the tests.
const asOther = "HERMOD_TEST_AS_OTHER"

func TestMain(m *testing.M) {
	switch os.Getenv(asOther) {
	case "panic":
		panic("as a test wants")
	case "deaf":
		beDeaf()
		return
	}
	if os.Getenv(asHermod) != "" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

// runHermod executes one command line in this process.
func runHermod(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}
