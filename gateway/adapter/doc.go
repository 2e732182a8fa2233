// Package adapter turns what arrives over a relay into events that an agent understands, and what the agent says into
// actions that the platform accepts.
//
// # On the way in
//
//   - DecodeInteraction makes an event of a Discord interaction that was passed through; ReadInteraction also gives the
//     message whose button was pressed, and the fields of a form.
//   - SlackParentCommand reads the one command of an app on Slack, /hermes.
//   - Prompts.Answer recognises the answers to this process's questions.
//   - Egress.Remember notes where the event came from.
//
// # On the way out
//
//   - Prompts.Ask asks a question with buttons.
//   - Egress.Prepare addresses an action, refuses an op that the connector does not offer,
//     and splits a text that is too long. Its parts are Address, Offers and Split.
//   - InThread answers in the thread of an event; UseFormatHints has Markdown laid out as blocks.
//   - SealDraft sends a final draft again that may have been lost.
//   - Declined recognises a refused destination among failures.
//
// # At the start
//
//   - Identities and BotUsername read the bots from the environment, and CloseBudget the time for the end.
//
// A handler of a gateway whose agent is the function answer:
//
//	func(ctx context.Context, d *actors.Inbound) error {
//		egress.Remember(&d.Event.Source)
//		if a, ok := prompts.Answer(d.Event); ok {
//			return decide(ctx, a)
//		}
//		reply := wire.NewSend(d.Event.Source.ChatID, answer(d.Event.Text))
//		reply = adapter.InThread(reply, d.Event.Thread(sessionKeys)) // the options of Config.SessionKey
//		envelopes, err := egress.Prepare(reply, "", d.Relay.Descriptor)
//		if err != nil {
//			return err
//		}
//		for _, e := range envelopes {
//			result, err := d.Relay.Send(ctx, e.Action, actors.Via(e.Platform))
//			if err != nil || adapter.Declined(result) {
//				return err
//			}
//		}
//		return nil
//	}
//
// # Guarantees
//
//   - Nothing here starts a goroutine, opens a socket, or uses a clock or randomness other than those in PromptsConfig.
//   - Memory is bounded: an Egress by its chats, Prompts by its open prompts and the last 256 closed ones. At the bound
//     the oldest is dropped.
//   - A decoder returns an error for malformed input and never panics.
//   - An event with a prompt response is never chat.
//
// # Concurrency
//
// Functions are safe for concurrent use. So are Egress and Prompts, which handlers of many sessions share; each has one
// lock, held briefly. Everything else is plain data.
//
// # Who may import it
//
// Everybody. It imports wire, github.com/goccy/go-json and the LRU of
// github.com/hashicorp/golang-lru.
package adapter
