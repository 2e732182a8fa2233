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

const pipeHelp = `Run one bot's relay and speak JSON with the program around it: one object a line,
records on standard output, commands on standard input, logs on standard error.

Records:
  {"kind":"state","state":S,"platform_state":P,"attempt":N,"code":N,"reason":TEXT}
      S: connecting, handshaking, ready, backoff, dormant, disabled, failed or closed;
      also "next_dial", "error" and "hint" where there is one. The last record is a
      state. "code", "reason" and "error" tell how the last connection ended.
  {"kind":"descriptor","descriptor":{...}}   after each handshake, before its events
  {"kind":"inbound","event":{...},"session_key":KEY,"bufferId":ID}
  {"kind":"passthrough","forward":{...},"bufferId":ID}
      no bufferId: a live delivery, which nobody acknowledges
  {"kind":"interrupt","session_key":KEY,"chat_id":ID}
  {"kind":"result","id":ID,"result":{...}}
  {"kind":"idle","id":ID,"acked":BOOL}
  {"kind":"dead_letter","raw":TEXT,"error":TEXT,"bufferId":ID}
      a delivery that could not be read; with "encoding":"base64", raw is base64
  {"kind":"error","id":ID,"error":TEXT}      a command that could not be carried out

Commands; "id" is any string or number, comes back in the answer, and may be left out:
  {"id":1,"do":"send","action":{"op":"send","chat_id":ID,"content":TEXT},"platform":NAME}
  {"id":2,"do":"follow_up","action":{"op":"follow_up",...}}
  {"id":3,"do":"chat_info","chat_id":ID}
  {"id":4,"do":"go_idle","timeout":"10s"}    also go_dormant
  {"do":"interrupt","session_key":KEY,"reason":TEXT}
  {"do":"wake"}
  {"do":"ack","bufferId":ID}                 with --manual-ack
  {"do":"disconnect"}
Commands run side by side; what they send goes out in the order of their lines. At most
1024 wait for their answers at a time, then standard input is left unread.

At the end of the input the relay waits for what is in flight, closes and exits with 0.
A revoked relay answers commands with failures until then, and exits with 3. With
--no-reconnect it exits with 4 when its connection ends. SIGTERM and SIGINT end it as
'disconnect' does; a second one ends it at once, with 130.

Defaults come from GATEWAY_RELAY_URL, GATEWAY_RELAY_ID, GATEWAY_RELAY_SECRET,
GATEWAY_RELAY_PLATFORMS with GATEWAY_RELAY_BOT_IDS, or GATEWAY_RELAY_PLATFORM with
GATEWAY_RELAY_BOT_ID.`

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
