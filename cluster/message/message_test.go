package message_test

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"hermod/cluster/message"
)

// A newer node's messages have fields that this one does not know. They are understood without them, and passed on with
// them.
func TestFieldsOfANewerSchemaSurviveAnOlderProgram(t *testing.T) {
	for name, m := range map[string]proto.Message{
		"call":   &message.Call{Schema: 1, Bot: "a", Method: "http", Meta: map[string]string{"k": "v"}},
		"answer": &message.Answer{Schema: 2, Failure: message.Failure_OVERLOADED},
	} {
		known, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		unknown := protowire.AppendString(protowire.AppendTag(nil, 100, protowire.BytesType), "of a newer schema")
		read := m.ProtoReflect().New().Interface()
		if err := proto.Unmarshal(append(known, unknown...), read); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		written, err := proto.Marshal(proto.Clone(read))
		if err != nil || !bytes.HasSuffix(written, unknown) {
			t.Errorf("%s: error %v, and what is not known is gone", name, err)
		}
		read.ProtoReflect().SetUnknown(nil)
		if !proto.Equal(read, m) {
			t.Errorf("%s: what is known is read as %v", name, read)
		}
	}
}
