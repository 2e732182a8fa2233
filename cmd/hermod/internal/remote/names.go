package remote

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"hermod/cmd/hermod/internal/api/client"
	"hermod/cmd/hermod/internal/cli"
)

// pageSize is how many bots are asked for at a time.
const pageSize = 1000

// Bots returns every bot of the daemon, by name.
func (d *Daemon) Bots(ctx context.Context) ([]client.Bot, error) {
	var all []client.Bot
	params := &client.ListBotsParams{Limit: new(int)}
	*params.Limit = pageSize
	for {
		page, err := Read[struct {
			Bots []client.Bot `json:"bots"`
			Next string       `json:"next"`
		}](d.ListBots(ctx, params))
		if err != nil {
			return nil, err
		}
		all = append(all, page.Bots...)
		if page.Next == "" {
			return all, nil
		}
		params.Cursor = &page.Next
	}
}

// Choose returns those of all bots that the arguments name: each is a name, or a pattern with * ? [ ] as in a shell. An
// argument that names no bot is an error with ExitUnknown, which says what was probably meant.
func Choose(all []client.Bot, args []string) ([]client.Bot, error) {
	wanted := make(map[string]bool)
	for _, arg := range args {
		found := false
		for _, bot := range all {
			if matched, err := path.Match(arg, bot.Name); err != nil {
				return nil, cli.UsageError("%q is no pattern of names: a [ has no ]", arg)
			} else if matched {
				wanted[bot.Name], found = true, true
			}
		}
		if !found {
			return nil, unknown(arg, all)
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(b client.Bot) bool { return !wanted[b.Name] }), nil
}

// IsPattern says whether an argument of Choose may mean more than one bot.
func IsPattern(arg string) bool { return strings.ContainsAny(arg, `*?[\`) }

func unknown(arg string, all []client.Bot) error {
	names := make([]string, 0, len(all))
	for _, bot := range all {
		names = append(names, bot.Name)
	}
	remedy := "'hermod status --all' lists the bots"
	if meant := cli.Nearest(arg, names); meant != "" && !IsPattern(arg) {
		remedy = fmt.Sprintf("did you mean %s?", meant)
	}
	return &cli.ExitError{Code: ExitUnknown, Err: fmt.Errorf("the daemon has no bot %.80q; %s", arg, remedy)}
}
