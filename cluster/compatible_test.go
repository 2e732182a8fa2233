package cluster

import (
	"errors"
	"strings"
	"testing"

	"hermod/cluster/message"
	"hermod/cluster/registry"
)

func TestANodeIsCompatibleWithMembersThatHaveAVersionInCommon(t *testing.T) {
	for name, c := range map[string]struct {
		member registry.Member
		self   string
		good   bool
	}{
		"the same":                 {registry.Member{Schema: message.Schema, Oldest: message.Oldest}, "a", true},
		"newer, and speaks ours":   {registry.Member{Schema: message.Schema + 3, Oldest: message.Schema}, "a", true},
		"newer, and dropped ours":  {registry.Member{Schema: message.Schema + 3, Oldest: message.Schema + 1}, "a", false},
		"older than what we speak": {registry.Member{Schema: message.Oldest - 1}, "a", false},
		"our own predecessor":      {registry.Member{Schema: message.Schema + 3, Oldest: message.Schema + 1}, "b", true},
	} {
		err := compatible(&registry.View{Members: map[string]registry.Member{"b": c.member}}, c.self)
		if c.good != (err == nil) || err != nil && !errors.Is(err, ErrIncompatible) {
			t.Errorf("%s: error is %v", name, err)
		}
		if err != nil && !strings.Contains(err.Error(), "and node b ") {
			t.Errorf("%s: %v does not name the node", name, err)
		}
	}
}
