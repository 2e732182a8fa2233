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

func TestMain(m *testing.M) {
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
