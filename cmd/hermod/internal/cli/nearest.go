package cli

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest returns the name that somebody who wrote this probably meant, or "".
func Nearest(written string, names []string) string {
	best, distance := "", 1+len(written)/3
	for _, name := range names {
		d := levenshtein.ComputeDistance(strings.ToLower(written), strings.ToLower(name))
		if d <= distance && (best == "" || d < distance) {
			best, distance = name, d
		}
	}
	return best
}
