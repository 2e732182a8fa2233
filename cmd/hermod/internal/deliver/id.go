package deliver

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"

	"go.opentelemetry.io/otel/propagation"

	"hermod/actors"
	"hermod/cmd/hermod/internal/record"
)

// The kinds of ids, by what they begin with.
const (
	eventID       = "evt"
	passthroughID = "req"
	interruptID   = "int"
	deadLetterID  = "dead"
)

// idBytes is how much of a digest an id shows.
const idBytes = 16

// inboundOrigin names an event by its message, or else by its buffer id.
func inboundOrigin(bot string, d *actors.Inbound) record.Origin {
	if key := d.Event.DedupeKey(); key != "" {
		return origin(eventID, bot, "message", key)
	}
	return origin(eventID, bot, "buffer", d.BufferID)
}

func passthroughOrigin(bot string, d *actors.Passthrough) record.Origin {
	return origin(passthroughID, bot, "buffer", d.BufferID)
}

func interruptOrigin(bot string) record.Origin { return origin(interruptID, bot, "", "") }

// deadLetterOrigin differs from the id of what is given up, since it is told of that, too.
func deadLetterOrigin(bot string, d *actors.DeadLetter) record.Origin {
	if d.Event != nil && d.Event.DedupeKey() != "" {
		return origin(deadLetterID, bot, "message", d.Event.DedupeKey())
	}
	return origin(deadLetterID, bot, "buffer", d.BufferID)
}

// origin makes an id from what names a delivery; without a name, which only a live one lacks, nothing tells it from
// others, and the id is a random one.
func origin(kind, bot, space, name string) record.Origin {
	id := make([]byte, idBytes)
	if name == "" {
		_, _ = rand.Read(id) // never fails
	} else {
		digest := sha256.Sum256([]byte(kind + "\x00" + bot + "\x00" + space + "\x00" + name))
		copy(id, digest[:])
	}
	return record.Origin{ID: kind + "_" + hex.EncodeToString(id), Bot: bot}
}

// traced adds the trace that ctx belongs to.
func traced(ctx context.Context, o record.Origin) record.Origin {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	o.Traceparent = carrier.Get("traceparent")
	return o
}
