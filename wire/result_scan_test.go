package wire_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"hermod/wire"
)

// sameSpaced complains when a result is read otherwise than behind a space, where no shortcut applies.
func sameSpaced(t *testing.T, line []byte) {
	t.Helper()
	id, r, err := wire.DecodeOutboundResult(line)
	otherID, other, otherErr := wire.DecodeOutboundResult(append([]byte{' '}, line...))
	if id != otherID || (err == nil) != (otherErr == nil) ||
		err == nil && !bytes.Equal(r.AppendJSON(nil), other.AppendJSON(nil)) ||
		r.Success != other.Success || r.Error != other.Error || r.Code != other.Code || r.MessageID != other.MessageID ||
		r.ThreadID != other.ThreadID || r.Ambiguous != other.Ambiguous {
		t.Errorf("%q is %q, %+v (%v), and behind a space %q, %+v (%v)", line, id, r, err, otherID, other, otherErr)
	}
}

// typicalResults are of the shape in which connectors send them.
var typicalResults = []string{
	`{"type":"outbound_result","requestId":"0123456789abcdef0123456789abcdef","result":{"success":true,"message_id":"m1"}}` + "\n",
	`{"type":"outbound_result","requestId":"r","result":{"success":true}}`,
	`{"type":"outbound_result","requestId":"","result":{"success":true,"message_id":"","thread_id":"t:1"}}` + "\r\n",
	`{"type":"outbound_result","requestId":"r","result":{"success":false,"error":"no such chat","code":"404","ambiguous":true}}`,
	`{"type":"outbound_result","requestId":"r","result":{"ambiguous":false,"error":"~ !","success":false}}  `,
}

func TestAResultOfTheUsualShapeIsReadAsAnyOther(t *testing.T) {
	for _, line := range typicalResults {
		sameSpaced(t, []byte(line))
	}
}

func TestAResultOfAlmostTheUsualShapeIsReadAsAnyOther(t *testing.T) {
	pieces := []string{`"`, `\`, `\u0041`, `{`, `}`, `,`, `:`, ` `, `null`, `true`, `1`, `é`, "\xff", "\x00", "\n", "\x7f",
		`"success":`, `"x":[]`,
		`"Success":true`, `"success":true,`, `"error":"e",`, `"result":{}`}
	random := rand.New(rand.NewPCG(1, 2))
	for range 4_000 {
		line := typicalResults[random.IntN(len(typicalResults))]
		at, end := random.IntN(len(line)), 0
		if end = at + random.IntN(4); end > len(line) {
			end = len(line)
		}
		piece := ""
		if random.IntN(3) > 0 {
			piece = pieces[random.IntN(len(pieces))]
		}
		sameSpaced(t, []byte(line[:at]+piece+line[end:]))
		sameSpaced(t, []byte(strings.Replace(line, `,"`, `,`+piece+`"`, 1)))
	}
}
