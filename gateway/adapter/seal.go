package adapter

import "hermod/wire"

// SealDraft sends the final draft of a message, and once more if its outcome is ambiguous: connectors recognise a final
// draft that they have seen and answer with the same message id. The outcome is the last one's. Send sends the draft;
// it is a call of Relay.Send.
func SealDraft(send func() (wire.Result, error)) (wire.Result, error) {
	result, err := send()
	if result.Success || !result.Ambiguous {
		return result, err
	}
	return send()
}
