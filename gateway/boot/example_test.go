package boot_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"hermod/actors"
	"hermod/connector"
	"hermod/gateway/boot"
	"hermod/wire"
)

// A gateway's boot: it gets credentials, registers its platform, says which messages are for its bot, and dials.
func Example() {
	c, err := connector.Start(connector.Config{
		Tenants:          map[string][]wire.Secret{"acme": {"the tenant's identity token"}},
		EnrollmentTokens: []wire.Secret{"a token for one gateway"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	defer c.Close(ctx)

	client, err := boot.New(boot.Config{URL: c.URL(), GatewayID: "g1", Identity: boot.StaticIdentity("the tenant's identity token")})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdle()
	credentials, err := client.Enroll(ctx, "a token for one gateway") // once: keep what it returns
	fmt.Println(credentials.Tenant, credentials.Secret, err)

	done, err := client.Provision(ctx, credentials, wire.Registration{Platform: "discord", BotID: "b1"})
	fmt.Println(done.Platforms, done.Credentials == credentials, err)
	policy := wire.RelevancePolicy{Platform: "discord", RequireAddress: true}
	if err := client.DeclarePolicy(ctx, done.Credentials, policy); err != nil {
		fmt.Println("the connector keeps its old policy:", err)
	}

	engine, err := actors.New(actors.EngineConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer engine.Close(ctx)
	relay, err := engine.Spawn("bot", actors.Config{
		URL: c.URL(), GatewayID: done.Credentials.GatewayID, Secret: done.Credentials.Secret,
		Identities: []wire.Identity{{Platform: "discord", BotID: "b1"}},
		Handlers:   actors.Handlers{Inbound: func(context.Context, *actors.Inbound) error { return nil }},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	descriptor, err := relay.Handshake(ctx)
	fmt.Println(descriptor.Platform, err)
	// Output:
	// acme [redacted] <nil>
	// [discord] true <nil>
	// discord <nil>
}

// A file goes to the connector once, and actions refer to it.
func ExampleMediaClient() {
	c, err := connector.Start(connector.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	defer c.Close(ctx)
	client, err := boot.New(boot.Config{URL: c.URL(), GatewayID: "g1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdle()

	media := client.Media(wire.Credentials{}) // this connector does not authenticate
	ref, err := media.Upload(ctx, boot.Upload{Body: strings.NewReader("a note"), Filename: "note.txt"})
	fmt.Println(media.Owns(ref), err)
	file, err := media.Download(ctx, ref)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	content, err := io.ReadAll(file)
	fmt.Println(string(content), file.Filename, err)
	// Output:
	// true <nil>
	// a note note.txt <nil>
}
