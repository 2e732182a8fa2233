package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	json "github.com/goccy/go-json"
)

// Desired reads a configuration for a cluster: what each of its bots is to be, as JSON by name, with the file's
// defaults filled in. Secrets and files that it names are the nodes', so they are not looked at. The error is an
// *InvalidError.
func Desired(path string, environ []string) (map[string]string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find the configuration file: %w", err)
	}
	content, _, err := readBounded(path, maxFile)
	if err != nil {
		problem := unreadable(path, err)
		if errors.Is(err, fs.ErrNotExist) {
			problem.Remedy = "name a file with bots; examples/hermod.yaml is one to begin with"
		}
		return nil, &InvalidError{Problems: []Problem{problem}}
	}
	s := newSource(path, filepath.Dir(absolute))
	root, _, err := s.tree(s.reading(content), readEnvironment(environ))
	if err != nil {
		return nil, err
	}
	return s.desired(root)
}

func (s *source) desired(root *node) (map[string]string, error) {
	wanted, problems := make(map[string]string), []Problem(nil)
	gateways := gatewaysOf(root)
	for i, bot := range root.child("bots").list {
		key := fmt.Sprintf("bots[%d]", i)
		name, _ := bot.child("name").scalar.(string)
		if _, twice := wanted[name]; twice {
			problems = append(problems, Problem{At: bot.at, Key: key + ".name", Wrong: fmt.Sprintf("has the name %q again", name),
				Remedy: "give each bot a name of its own"})
		}
		problems = append(problems, unfitForCluster(bot, key)...)
		problems = append(problems, gateways.judge(bot.below("deliver", "relay"), key+".deliver.relay")...)
		text, err := json.Marshal(bot.plain())
		if err != nil {
			return nil, fmt.Errorf("encode bot %q: %w", name, err)
		}
		wanted[name] = string(text)
	}
	if len(problems) > 0 {
		return nil, s.invalid(problems)
	}
	return wanted, nil
}

// unfitForCluster finds what would exist on one node alone, and a bot that no node could run.
func unfitForCluster(bot *node, key string) (problems []Problem) {
	if bot.child("deliver") == nil {
		problems = append(problems, Problem{At: bot.at, Key: key + ".deliver", Wrong: "is missing, so events would have nowhere to go",
			Remedy: "add for example deliver: {stream: {}}, or set it in defaults"})
	}
	for _, bad := range []struct{ path, wrong, remedy string }{
		{"enroll", "has the connector issue a credential that only one node would know",
			"enrol once outside of the cluster, and give every node the secret"},
		{"provision", "may have the connector issue a credential that only one node would know",
			"provision once outside of the cluster, and give every node the secret"},
	} {
		if at := bot.child(bad.path); at != nil {
			problems = append(problems, Problem{At: at.at, Key: key + "." + bad.path, Wrong: bad.wrong, Remedy: bad.remedy})
		}
	}
	return problems
}

// LoadDesired reads what Desired gave, on the node that is to run the bot: with its secrets, and with relative paths
// beginning in folder. files are those that were read. The error is an *InvalidError.
func LoadDesired(name, text, folder string, environ []string) (bot *Bot, files map[string]Sum, err error) {
	label := "bot " + name + " of the cluster"
	s := newSource(label, folder)
	s.node = true
	cfg, err := s.load([]byte(`{"bots":[`+text+`]}`), environ)
	if err != nil {
		return nil, nil, err
	}
	if len(cfg.Bots) != 1 || cfg.Bots[0].Name != name {
		return nil, nil, &InvalidError{Problems: []Problem{{At: Position{File: label}, Wrong: "describes another bot",
			Remedy: "apply the configuration again"}}}
	}
	return cfg.Bots[0], cfg.Files, nil
}
