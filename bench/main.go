package main

import (
	"errors"
	"fmt"
	"os"

	"hermod/bench/suite"
)

func main() { os.Exit(run()) }

func run() int {
	cmd := suite.NewCommand()
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	err := cmd.Execute()
	if err == nil {
		return 0
	}
	fmt.Fprintf(os.Stderr, "bench: %v\n", err)
	if usage := new(suite.UsageError); errors.As(err, &usage) {
		return 2
	}
	return 1
}
