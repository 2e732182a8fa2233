package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"hermod/cmd/hermod/internal/pipe"
)

// exitInterrupted is the exit code after a second signal, as shells have it for Ctrl-C.
const exitInterrupted = 130

const pipeHelp = `Run one bot's relay and exchange JSON with the program that started it, one object per
line: records on standard output, commands on standard input. Logs go to standard error.

Records:
  {"kind":"state","state":S,"platform_state":P,"attempt":N,"code":N,"reason":TEXT}
      S: connecting, handshaking, ready, backoff, dormant, disabled, failed or closed;
      also "next_dial", "error" and "hint" where they apply. The last record is a
      state. "code", "reason" and "error" describe how the last connection ended.
  {"kind":"descriptor","descriptor":{...}}   after each handshake, before its events
  {"kind":"inbound","event":{...},"session_key":KEY,"derived":{...},"reply":{...},
   "bufferId":ID}
      derived: members to lay over the event's, such as "media_types"; reply: the
      "action" and "platform" that an answer begins with
  {"kind":"passthrough","forward":{...},"interaction":{...},"bufferId":ID}
      interaction: what it means as an event, on Discord
      without a bufferId: a live delivery, which is not acknowledged
  {"kind":"interrupt","session_key":KEY,"chat_id":ID}
  {"kind":"result","id":ID,"result":{...}}
  {"kind":"idle","id":ID,"acked":BOOL}
  {"kind":"dead_letter","raw":TEXT,"error":TEXT,"bufferId":ID}
      a delivery that could not be read; with "encoding":"base64", raw is base64
  {"kind":"error","id":ID,"error":TEXT}      a command that could not be carried out

Commands; "id" is optional, a string or a number, and is repeated in the answer:
  {"id":1,"do":"send","action":{"op":"send","chat_id":ID,"content":TEXT},"platform":NAME}
  {"id":2,"do":"follow_up","action":{"op":"follow_up",...}}
  {"id":3,"do":"chat_info","chat_id":ID}
  {"id":4,"do":"go_idle","timeout":"10s"}    also go_dormant
  {"do":"interrupt","session_key":KEY,"reason":TEXT}
  {"do":"wake"}
  {"do":"ack","bufferId":ID}                 with --manual-ack
  {"do":"disconnect"}
Commands run concurrently, but requests are sent in the order of their lines. While 1024
commands wait for their answers, standard input is not read.

At the end of the input the pipe waits for commands in flight, closes the connection and
exits with 0. If the gateway's credential is revoked, commands fail until the end of the
input, and the exit code is 3. With --no-reconnect, the pipe exits with 4 when its
connection ends. SIGTERM or SIGINT ends the pipe as "disconnect" does. A second signal
ends it at once, with 130.

Defaults come from GATEWAY_RELAY_URL, GATEWAY_RELAY_ID, GATEWAY_RELAY_SECRET,
GATEWAY_RELAY_PLATFORMS with GATEWAY_RELAY_BOT_IDS, or GATEWAY_RELAY_PLATFORM with
GATEWAY_RELAY_BOT_ID. HERMES_GATEWAY_ADAPTER_DISCONNECT_TIMEOUT is how many seconds the
end may take.`

func newPipeCommand() *cobra.Command {
	var flags pipe.Flags
	cmd := &cobra.Command{
		Use:   "pipe",
		Short: "Run one relay over standard input and output, for any language",
		Long:  pipeHelp,
		Example: "  hermod pipe --url ws://127.0.0.1:8466 --platform discord --bot-id b1\n" +
			"  hermod pipe --url wss://connector.example --gateway-id g1 --secret-file g1.secret --identity discord:b1 --identity slack:b2",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := flags.Config(cmd.Flags().Changed, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			ctx, restore := untilSignal(cmd.Context())
			defer restore()
			return pipe.Run(ctx, cfg, cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	flags.Register(cmd.Flags())
	return cmd
}

// untilSignal returns a context that the first SIGTERM or SIGINT ends; a second one ends the
// process. Writing to a closed standard output is an error from now on, not the process's end.
func untilSignal(parent context.Context) (ctx context.Context, restore func()) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	signal.Ignore(syscall.SIGPIPE)
	over := make(chan struct{})
	go func() {
		for _, act := range []func(){cancel, func() { os.Exit(exitInterrupted) }} {
			select {
			case <-signals:
				act()
			case <-over:
				return
			}
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		signal.Reset(syscall.SIGPIPE)
		close(over)
		cancel()
	}
}
