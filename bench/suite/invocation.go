package suite

import (
	"regexp"
	"strings"

	"github.com/spf13/pflag"
)

// invocation is the command line that runs the program with the flags that were given.
func invocation(flags *pflag.FlagSet) string {
	words := []string{"go", "run", "./bench"}
	flags.Visit(func(f *pflag.Flag) {
		if f.Value.Type() == "bool" && f.Value.String() == "true" {
			words = append(words, "--"+f.Name)
		} else {
			words = append(words, "--"+f.Name+"="+shellQuoted(f.Value.String()))
		}
	})
	return strings.Join(words, " ")
}

// shellQuoted quotes a word for a shell.
func shellQuoted(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

var plainWord = regexp.MustCompile(`^[\w./:=@-]+$`)
