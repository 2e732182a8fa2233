package main

import "strings"

// innocent are keys that stand in the documentation too.
var innocent = []string{"0123456789abcdef0123456789abcdef"}

// excused says whether a place may show a secret. A place is where a text comes from: what the first caller outside
// the standard library is.
func excused(s shown) bool {
	fromTest := strings.Contains(first(s.callers), "_test.go:")
	switch {
	case s.kind == "environment" && fromTest:
		return true // whoever starts a daemon chooses {env: NAME}
	case s.kind == "environment" && strings.Contains(s.callers, "/internal/deliver/child.go:"):
		return true // so does whoever writes a secret into the environment of a bot's process
	case s.kind == "environment" && strings.Contains(s.callers, "/bench/workload/daemon.go:"):
		return true
	case s.kind == "answer of POST /relay/enroll", s.kind == "answer of POST /relay/provision":
		return true // the protocol hands out secrets there
	case s.kind == "output of a process" && strings.Contains(s.callers, "/internal/deliver/child.go:"):
		return true // what a bot's process says to its daemon
	case s.kind == "output of a process" && strings.Contains(s.callers, "/interop/process_test.go:"):
		return true // a connector in another language, which tells a test what it was shown
	case s.kind == "stdout" && fromTest:
		return true // a test's program, which tells a test what it was given
	}
	return false
}

func first(callers string) string {
	caller, _, _ := strings.Cut(callers, " ")
	return caller
}
