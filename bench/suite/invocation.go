package suite

import (
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// invocation is how the command was reached, in words, and the arguments that reach it in a process of the same program.
func invocation(cmd *cobra.Command) (words, args []string) {
	if !cmd.HasParent() {
		return []string{"go", "run", "./bench"}, nil
	}
	words = strings.Fields(cmd.CommandPath())
	return words, words[1:]
}

func changedFlags(flags *pflag.FlagSet) []string {
	var words []string
	flags.Visit(func(f *pflag.Flag) {
		if f.Value.Type() == "bool" && f.Value.String() == "true" {
			words = append(words, "--"+f.Name)
		} else {
			words = append(words, "--"+f.Name+"="+shellQuoted(f.Value.String()))
		}
	})
	return words
}

// shellQuoted is a word that a shell reads as text.
func shellQuoted(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

var plainWord = regexp.MustCompile(`^[\w./:=@-]+$`)
