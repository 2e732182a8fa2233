package connector_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"hermod/connector"
	"hermod/wire"
)

func TestATenantHasAtMostItsGateways(t *testing.T) {
	log := &lockedBuffer{}
	cfg := withTenant(log)
	cfg.Gateways = map[string][]wire.Secret{"s1": {"secret 1"}, "s2": {"secret 2"}}
	cfg.MaxTenantGateways, cfg.MaxGateways = 2, 3
	c := start(t, cfg)
	for _, id := range []string{"s1", "s2"} { // those of the configuration do not count
		token := wire.MintToken(id, cfg.Gateways[id][0], wire.TokenTTL, now())
		if status, answer := postAs(t, c, wire.PolicyPath, token, `{"platform":"discord"}`); status != http.StatusOK {
			t.Fatalf("a gateway of the configuration: %d %s", status, answer)
		}
	}
	for _, step := range []struct {
		tenant wire.Secret
		id     string
		status int
		says   string
	}{
		{identityToken, "a1", 200, ""}, {identityToken, "a2", 200, ""},
		{identityToken, "a3", 403, `tenant \"acme\" has 2; ask the connector's operator`},
		{identityToken, "a2", 200, ""}, // it has that one
		{"canary-other-identity", "b1", 200, ""},
		{"canary-other-identity", "b2", 503, "which is the bound"},
	} {
		status, answer := postAs(t, c, wire.ProvisionPath, step.tenant.Reveal(), `{"gatewayId":"`+step.id+`","platform":"discord"}`)
		if status != step.status || !strings.Contains(answer, step.says) {
			t.Errorf("%s: answered %d %s", step.id, status, answer)
		}
	}
	if _, err := bootClient(t, c, "a3", identityToken).Enroll(t.Context(), enrollmentToken); err == nil ||
		!strings.Contains(err.Error(), "as many gateways as it may have") {
		t.Errorf("enrolling beyond the quota: %v", err)
	}
}

func TestAGatewayDeclaresABoundedAmount(t *testing.T) {
	c := start(t, withTenant(&lockedBuffer{}))
	body := func(platform string) string {
		return fmt.Sprintf(`{"gatewayId":"g1","platform":%q,"routeKeys":[%q]}`, platform, strings.Repeat("k", 100<<10))
	}
	for i, want := range []int{200, 200, 413} {
		if status, answer := postAs(t, c, wire.ProvisionPath, identityToken, body(fmt.Sprint(i))); status != want {
			t.Errorf("registration %d: answered %d %.200s", i, status, answer)
		}
	}
	if n := len(c.Boot()["g1"].Platforms); n != 2 {
		t.Errorf("%d platforms are known", n)
	}
}

// storeAs keeps a file of that many bytes for the gateway.
func storeAs(t *testing.T, c *connector.Connector, gateway string, size int) connector.Media {
	t.Helper()
	item, err := c.StoreMedia(gateway, connector.Media{}, bytes.NewReader(make([]byte, size)))
	if err != nil {
		t.Fatal(err)
	}
	return item
}

func wantKept(t *testing.T, c *connector.Connector, items ...connector.Media) {
	t.Helper()
	for i, item := range items {
		_, file, err := c.OpenMedia(item.ID)
		if err != nil {
			t.Errorf("file %d of %s was removed: %v", i, item.Gateway, err)
			continue
		}
		_ = file.Close()
	}
}

func wantGone(t *testing.T, c *connector.Connector, items ...connector.Media) {
	t.Helper()
	for i, item := range items {
		if _, file, err := c.OpenMedia(item.ID); err == nil {
			t.Errorf("file %d of %s is still there", i, item.Gateway)
			_ = file.Close()
		}
	}
}

func TestATenantThatFillsItsQuotaRemovesItsOwnFilesOnly(t *testing.T) {
	for name, quota := range map[string]func(*connector.Config){
		"of bytes": func(cfg *connector.Config) { cfg.MaxTenantMediaBytes = 30 },
		"of files": func(cfg *connector.Config) { cfg.MaxTenantMediaFiles = 3 },
	} {
		cfg := withTenant(&lockedBuffer{})
		quota(&cfg)
		c := start(t, cfg)
		for id, tenant := range map[string]string{"a1": identityToken, "a2": identityToken, "b1": "canary-other-identity"} {
			if status, answer := postAs(t, c, wire.ProvisionPath, tenant, `{"gatewayId":"`+id+`","platform":"discord"}`); status != http.StatusOK {
				t.Fatalf("%s: %d %s", id, status, answer)
			}
		}
		others := storeAs(t, c, "b1", 10)
		var mine []connector.Media
		for i := range 8 {
			mine = append(mine, storeAs(t, c, []string{"a1", "a2"}[i%2], 10))
		}
		t.Log("quota", name)
		wantKept(t, c, append(mine[5:], others)...)
		wantGone(t, c, mine[:5]...)
	}
}

func TestTheOneWithTheMostFilesMakesRoomForOthers(t *testing.T) {
	cfg := withGateways()
	cfg.MaxMediaBytes, cfg.MaxTenantMediaBytes = 100, 90
	c := start(t, cfg)
	modest := storeAs(t, c, "g1", 10)
	var many []connector.Media
	for range 9 {
		many = append(many, storeAs(t, c, "g2", 10))
	}
	late := storeAs(t, c, "g1", 20)
	wantKept(t, c, append(many[2:], modest, late)...)
	wantGone(t, c, many[:2]...)
	_, err := c.StoreMedia("g1", connector.Media{}, bytes.NewReader(make([]byte, 91)))
	if !errors.Is(err, connector.ErrMediaTooLarge) {
		t.Errorf("a file beyond the quota: %v", err)
	}
}

func TestUploadsAtATimeAreBoundedForEachAndForAll(t *testing.T) {
	cfg := connector.Config{Gateways: make(map[string][]wire.Secret)}
	for i := range 6 {
		cfg.Gateways[fmt.Sprint(i)] = []wire.Secret{"secret"}
	}
	c := start(t, cfg)
	var writers []*io.PipeWriter
	ended := make(chan error, 16)
	begin := func(gateway string) {
		r, w := io.Pipe()
		writers = append(writers, w)
		go func() {
			_, err := c.StoreMedia(gateway, connector.Media{}, r)
			ended <- err
		}()
		_, _ = w.Write([]byte("begun"))
	}
	busy := func(gateway string) bool {
		_, err := c.StoreMedia(gateway, connector.Media{}, strings.NewReader("x"))
		return errors.Is(err, connector.ErrMediaBusy)
	}
	for i := range 4 {
		if busy(fmt.Sprint(i)) {
			t.Errorf("gateway %d is kept out by others", i)
		}
		for range 4 {
			begin(fmt.Sprint(i))
		}
		if !busy(fmt.Sprint(i)) {
			t.Errorf("a fifth upload of gateway %d", i)
		}
	}
	if !busy("5") {
		t.Error("a seventeenth upload")
	}
	for _, w := range writers {
		_ = w.Close()
	}
	for range writers {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if busy("5") {
		t.Error("the places are not given back")
	}
}
