package config_test

import "testing"

func TestABotThatIsAsItWasIsTakenFromTheEarlierConfiguration(t *testing.T) {
	other := "  - {name: b, url: 'http://h/relay', identities: [{platform: discord}]}\n"
	earlier := load(t, head+bot+other)
	later := load(t, head+bot+"  - {name: b, url: 'http://h/relay', identities: [{platform: slack}]}\n"+
		"  - {name: c, url: 'http://h/relay', identities: [{platform: slack}]}\n")
	later.Reuse(earlier)
	if later.Bots[0] != earlier.Bots[0] {
		t.Error("the bot that did not change is there twice")
	}
	if later.Bots[1] == earlier.Bots[1] || later.Bots[1].Identities[0].Platform != "slack" || later.Bots[2].Name != "c" {
		t.Errorf("the bots are %+v", later.Bots)
	}
}
