package deliver

import (
	"bytes"
	"context"
	"errors"

	json "github.com/goccy/go-json"

	"hermod/connector"
)

var errNoParcel = errors.New("it could not be decoded, so no gateway would take it")

// replay gives a record to the gateway once more, as the connector would: an event in its normal form, or a forward.
func (r *relayed) replay(ctx context.Context, _ string, line []byte) error {
	p, err := parcelOf(line)
	if err != nil {
		return err
	}
	return r.gateway.Deliver(ctx, p)
}

// parcelOf is what a record was made of.
func parcelOf(line []byte) (connector.Parcel, error) {
	var record struct {
		Event   json.RawMessage            `json:"event"`
		Forward map[string]json.RawMessage `json:"forward"`
	}
	if err := json.Unmarshal(bytes.TrimSpace(line), &record); err != nil {
		return connector.Parcel{}, err
	}
	switch {
	case len(record.Event) > 0:
		return connector.Parcel{Object: record.Event}, nil
	case record.Forward != nil:
		record.Forward["bodyB64"] = record.Forward["body"] // records and frames name it differently
		delete(record.Forward, "body")
		object, err := json.Marshal(record.Forward)
		return connector.Parcel{Forward: true, Object: object}, err
	}
	return connector.Parcel{}, errNoParcel
}
