package pipe

import "testing"

func TestASessionRepeatsAnIDAsItWasGiven(t *testing.T) {
	for _, id := range []string{`"\u00e9"`, `1.50e3`, `12345678901234567890`, `true`, `null`} {
		c, err := parseCommand([]byte(`{"do":"wake","id":` + id + `}`))
		if err != nil || string(confirmation(c)) != `{"kind":"result","id":`+id+`,"result":{"success":true}}`+"\n" {
			t.Errorf("id %s: %s, %v", id, confirmation(c), err)
		}
	}
}
