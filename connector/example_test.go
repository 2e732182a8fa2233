package connector_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"

	"hermod/connector"
	"hermod/wire"
)

// A connector buffers what is injected while no gateway is there.
func Example() {
	c, err := connector.Start(connector.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close(context.Background())

	d, err := c.Inject("", []byte(`{"text":"hello","source":{"platform":"discord","chat_id":"c1"}}`))
	fmt.Println(d.Live, d.BufferID != "", err)
	fmt.Println(c.State()[connector.DefaultGateway].Buffered)
	// Output:
	// false true <nil>
	// 1
}

// A platform of one's own answers the gateway's actions.
func ExampleConfig_onOutbound() {
	cfg := connector.Config{
		Gateways: map[string][]wire.Secret{"g1": {"a secret of this gateway"}},
		OnOutbound: func(_ context.Context, r connector.Record) wire.Result {
			if r.Action.Op() != "send" {
				return wire.Failure("this platform can only send", false)
			}
			return wire.ParseResult([]byte(`{"success":true,"message_id":"m1"}`))
		},
	}
	c, err := connector.Start(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close(context.Background())
	fmt.Println(strings.HasSuffix(c.URL(), "/relay"))
	// Output: true
}

// The control API serves programs in other languages; it needs a loopback listener.
func ExampleConfig_dev() {
	c, err := connector.Start(connector.Config{Dev: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close(context.Background())
	defer http.DefaultClient.CloseIdleConnections()

	host, _, _ := net.SplitHostPort(c.Addr())
	response, err := http.Post("http://"+c.Addr()+"/dev/interrupt", "application/json", strings.NewReader(`{"session_key":"k","chat_id":"c1"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()
	fmt.Println(host, response.StatusCode)
	// Output: 127.0.0.1 409
}
