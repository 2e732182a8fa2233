package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hermod/cmd/hermod/internal/config"
)

const rest = ", url: wss://c.example, identities: [{platform: discord}], deliver: {stream: {}}}\n"

// tree writes files below a new folder and returns it.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		must(t, os.MkdirAll(filepath.Join(folder, filepath.Dir(name)), 0o700))
		must(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	return folder
}

func names(cfg *config.Config) string {
	var all []string
	for _, bot := range cfg.Bots {
		all = append(all, bot.Name)
	}
	return strings.Join(all, " ")
}

func TestIncludedFilesAddTheirBotsInTheOrderOfTheirNames(t *testing.T) {
	folder := tree(t, map[string]string{
		"hermod.yaml":      "include: [bots/*.yaml, one.yaml, '*.yaml', none/*.yaml]\ndefaults: {timing: {backoff: 7s}}\nbots:\n  - {name: own" + rest,
		"bots/b.yaml":      "bots:\n  - {name: b1" + rest + "  - {name: b2, gateway_id: g, secret: {file: secret}" + rest,
		"bots/a.yaml":      "bots: [{name: a, timing: {backoff: 1s}" + strings.TrimSpace(rest) + "]\n",
		"bots/secret":      "a secret beside its bot",
		"bots/.#a.yaml":    "an editor's",
		"bots/a.yaml~":     "an editor's",
		"bots/x.yaml/file": "in a folder that matches",
		"one.yaml":         "bots: []\n",
	})
	cfg, err := config.Load(filepath.Join(folder, "hermod.yaml"), nil)
	must(t, err)
	if got := names(cfg); got != "own a b1 b2" {
		t.Errorf("the bots are %s", got)
	}
	a, b1, b2 := cfg.Bots[1], cfg.Bots[2], cfg.Bots[3]
	if a.Timing.Backoff.String() != "1s" || b1.Timing.Backoff.String() != "7s" || b2.Secret.Reveal() != "a secret beside its bot" {
		t.Errorf("the bots are %+v %+v %+v", a, b1, b2)
	}
	if len(cfg.Notes) == 0 || !strings.Contains(cfg.Notes[0], "no file matches none/*.yaml") {
		t.Errorf("the notes are %q", cfg.Notes)
	}
	for _, watched := range []string{"hermod.yaml", "bots/a.yaml", "bots/b.yaml", "bots/secret", "bots/*.yaml", "none/*.yaml", "one.yaml"} {
		if _, known := cfg.Files[filepath.Join(folder, watched)]; !known {
			t.Errorf("%s is not watched: %v", watched, cfg.Files)
		}
	}
	pattern := filepath.Join(folder, "bots/*.yaml")
	same, err := config.SumOf(pattern)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(folder, "bots/c.yaml"), []byte("bots: []"), 0o600))
	if more, err := config.SumOf(pattern); err != nil || same != cfg.Files[pattern] || more == same {
		t.Errorf("a new file that matches is not noticed: %v", err)
	}
}

func TestMistakesInIncludedFilesNameTheirOwnPlaces(t *testing.T) {
	folder := tree(t, map[string]string{
		"bots/a.yaml": "bots:\n  - {name: dup" + rest + "  - {name: own, nmae: x" + rest,
		"bots/b.yaml": "log: {level: debug}\nbots:\n  - {name: b" + rest,
		"bots/c.yaml": "- {name: c}\n",
		"bots/d.yaml": "bots: [",
		"bots/e.yaml": "include: more.yaml\nbots: []\n",
	})
	path := filepath.Join(folder, "hermod.yaml")
	at := func(name string) string { return filepath.Join(folder, name) }
	for include, wants := range map[string][]string{
		"bots/a.yaml": {at("bots/a.yaml") + ":3:17: bots[1].nmae: is not a key"},
		"bots/b.yaml": {at("bots/b.yaml") + ":1:1: log: does not belong into a file that is included"},
		"bots/c.yaml": {at("bots/c.yaml") + ":1:1: bots: is missing, or no list"},
		"bots/d.yaml": {at("bots/d.yaml") + ":1:7: is not valid YAML"},
		"bots/e.yaml": {at("bots/e.yaml") + ":1:1: include: does not belong"},
		"gone.yaml":   {at("gone.yaml") + ": does not exist; create it"},
		"'*/a.yaml'":  {path + ":1:10: include: \"*/a.yaml\" has a wildcard in the name of a folder"},
		"'[.yaml'":    {path + ":1:10: include: \"[.yaml\" is no pattern"},
		"7":           {path + ":1:10: include: "},
		"[7]":         {path + ":1:11: include[0]: "},
	} {
		must(t, os.WriteFile(path, []byte("include: "+include+"\nbots:\n  - {name: own"+rest), 0o600))
		_, err := config.Load(path, nil)
		invalid := new(config.InvalidError)
		if !errors.As(err, &invalid) {
			t.Errorf("%s: %v", include, err)
			continue
		}
		for _, want := range wants {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("include: %s\nsays\n%v\nnot\n%s", include, err, want)
			}
		}
	}
}

func TestABotThatIsThereTwiceIsNamedWithBothPlaces(t *testing.T) {
	folder := tree(t, map[string]string{
		"hermod.yaml": "include: bots.yaml\nbots:\n  - {name: a" + rest,
		"bots.yaml":   "bots:\n  - {name: b" + rest + "  - {name: a" + rest,
	})
	_, err := config.Load(filepath.Join(folder, "hermod.yaml"), nil)
	want := filepath.Join(folder, "bots.yaml") + `:3:12: bots[1].name: "a" is also the name of bots[0] at ` + filepath.Join(folder, "hermod.yaml") + ":3:6; give each bot a name of its own"
	if err == nil || err.Error() != want {
		t.Errorf("says\n%v, want\n%s", err, want)
	}
}

func TestAFileThatOnlyIncludesNeedsNoBotsOfItsOwn(t *testing.T) {
	folder := tree(t, map[string]string{"hermod.yaml": "include: bots.yaml\n", "bots.yaml": "bots:\n  - {name: b" + rest})
	cfg, err := config.Load(filepath.Join(folder, "hermod.yaml"), nil)
	must(t, err)
	if names(cfg) != "b" {
		t.Errorf("the bots are %s", names(cfg))
	}
}

func TestAConfigurationFromAPipeIsRelativeToTheWorkingDirectory(t *testing.T) {
	folder := tree(t, map[string]string{"secret": "a good secret", "bots.yaml": "bots:\n  - {name: b" + rest})
	t.Chdir(folder)
	text := "include: bots.yaml\nbots:\n  - {name: a, gateway_id: g, secret: {file: secret}" + rest
	cfg, err := config.LoadFrom("standard input", strings.NewReader(text), nil)
	must(t, err)
	if cfg.Bots[0].Secret.Reveal() != "a good secret" || names(cfg) != "a b" {
		t.Errorf("the bots are %+v", cfg.Bots)
	}
	read, piped, err := os.Pipe()
	must(t, err)
	defer func() { _ = read.Close() }()
	go func() {
		_, _ = piped.WriteString(text)
		_ = piped.Close()
	}()
	if cfg, err = config.Load(fmt.Sprint("/dev/fd/", read.Fd()), nil); err != nil || names(cfg) != "a b" {
		t.Errorf("from a pipe: %v", err)
	}
	_, err = config.LoadFrom("standard input", strings.NewReader("bots: ["), nil)
	if err == nil || !strings.HasPrefix(err.Error(), "standard input:1:7: ") {
		t.Errorf("a mistake is %v", err)
	}
}
