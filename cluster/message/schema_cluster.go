//go:build cluster

package message

import (
	"fmt"
	"os"
)

// Schema and Oldest are variables in the tests of clusters, whose nodes play programs of other versions:
// HERMOD_TEST_SCHEMA is OLDEST-NEWEST.
var Schema, Oldest = versions(os.Getenv("HERMOD_TEST_SCHEMA"))

func versions(text string) (newest, oldest int) {
	if _, err := fmt.Sscanf(text, "%d-%d", &oldest, &newest); err != nil {
		return 1, 1
	}
	return newest, oldest
}
