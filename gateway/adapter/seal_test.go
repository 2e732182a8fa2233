package adapter_test

import (
	"errors"
	"testing"

	"hermod/gateway/adapter"
	"hermod/wire"
)

func TestAFinalDraftIsSentOnceMoreWhenItsOutcomeIsAmbiguous(t *testing.T) {
	ambiguous, refused, done := wire.Failure("timed out", true), wire.Failure("no", false), wire.Result{Success: true, MessageID: "m1"}
	for _, tt := range []struct {
		name    string
		answers []wire.Result
		sent    int
	}{
		{"sealed", []wire.Result{done}, 1},
		{"refused", []wire.Result{refused, done}, 1},
		{"ambiguous, then sealed", []wire.Result{ambiguous, done}, 2},
		{"ambiguous, then refused", []wire.Result{ambiguous, refused}, 2},
		{"ambiguous twice", []wire.Result{ambiguous, ambiguous, done}, 2},
	} {
		sent := 0
		got, err := adapter.SealDraft(func() (wire.Result, error) {
			sent++
			if result := tt.answers[sent-1]; !result.Success {
				return result, errors.New(result.Error)
			}
			return tt.answers[sent-1], nil
		})
		last := tt.answers[tt.sent-1]
		if sent != tt.sent || got.Error != last.Error || got.MessageID != last.MessageID || (err == nil) != last.Success {
			t.Errorf("%s: sent %d times, %+v, %v", tt.name, sent, got, err)
		}
	}
}
