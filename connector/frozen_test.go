package connector_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"hermod/connector"
	"hermod/wire"
)

// gatewayProcess is the variable that has this test's program play a gateway of the connector at that URL.
const gatewayProcess = "HERMOD_TEST_GATEWAY"

// playGateway writes the text of each event to standard output, acknowledges it, and dials again when the connection
// ends.
func playGateway(url string) {
	for {
		conn, br, _, err := ws.Dialer{}.Dial(context.Background(), url)
		if err != nil {
			return
		}
		if br != nil {
			panic("the connector speaks before the hello")
		}
		err = wsutil.WriteClientText(conn, wire.AppendHello(nil, wire.Hello{Platform: "discord", BotID: "b1"}))
		for err == nil {
			var line []byte
			if line, err = wsutil.ReadServerText(conn); err != nil { // it answers pings
				break
			}
			if kind, _ := wire.Classify(line); kind != wire.KindInbound {
				fmt.Println("frame " + kind.String())
				continue
			}
			in, failed := new(wire.Decoder).Inbound(line)
			if failed != nil {
				panic(failed)
			}
			fmt.Println(in.Event.Text)
			err = wsutil.WriteClientText(conn, wire.AppendInboundAck(nil, in.BufferID))
		}
		_ = conn.Close()
	}
}

// startGatewayProcess returns the process and the lines that it writes.
func startGatewayProcess(t *testing.T, c *connector.Connector) (*os.Process, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env, cmd.Stderr = append(os.Environ(), gatewayProcess+"="+c.URL()), os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	stuck := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	t.Cleanup(func() { stuck.Stop(); _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd.Process, bufio.NewScanner(out)
}

func TestAGatewayThatWasFrozenAndComesBackLosesNothing(t *testing.T) {
	for name, interval := range map[string]time.Duration{
		"its session still stands": patience, "its session was given up": 20 * time.Millisecond,
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t, connector.Config{PingInterval: interval})
			gateway, lines := startGatewayProcess(t, c)
			next := func() string {
				t.Helper()
				if !lines.Scan() {
					t.Fatalf("the gateway ended: %v", lines.Err())
				}
				return lines.Text()
			}
			if got := next(); got != "frame descriptor" {
				t.Fatalf("got %q", got)
			}
			if err := gateway.Signal(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			for i := range 5 {
				injectBuffered(t, c, fmt.Sprint("event ", i))
			}
			if interval < patience {
				eventually(t, c, connector.DefaultGateway, func(s connector.GatewayState) bool { return !s.Connected })
			}
			if err := gateway.Signal(syscall.SIGCONT); err != nil {
				t.Fatal(err)
			}
			seen := make(map[string]bool)
			for len(seen) < 5 {
				if got := next(); strings.HasPrefix(got, "event ") {
					seen[got] = true
				}
			}
			eventually(t, c, connector.DefaultGateway, buffered(0))
			wantAside(t, c)
		})
	}
}
