//go:build cluster

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestAClustersNodeTakesABotWhenItsSecretAppears(t *testing.T) {
	t.Parallel()
	w := newClusterWorld(t, 2, 1)
	path := filepath.Join(w.folder, "secret.yaml")
	must(t, os.WriteFile(path, fmt.Appendf(nil, "defaults: {url: '%s', deliver: {stream: {}}}\nbots:\n"+
		"- {name: bot-000, identities: [{platform: discord, bot_id: bot-000}], gateway_id: gw, secret: {file: bot.secret}}\n",
		w.platform.url()), 0o600))
	w.command("cluster", "apply", path)
	w.nodes[0].start()
	w.nodes[1].start()
	w.until("both nodes say that they lack it", func() bool {
		view, err := w.store.Read(t.Context())
		return err == nil && len(view.Members["n0"].Lacks) == 1 && len(view.Members["n1"].Lacks) == 1
	})
	must(t, os.WriteFile(w.nodes[1].file("bot.secret"), []byte(secretOf("n1")), 0o600))
	w.until("the bot has a session", func() bool { return w.platform.live() == 1 })
	if bots := w.botsOf("n1"); len(bots) != 1 {
		t.Errorf("n1 has %v", bots)
	}
}
