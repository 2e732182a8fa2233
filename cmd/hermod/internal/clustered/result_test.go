package clustered

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	json "github.com/goccy/go-json"

	"hermod/cluster"
)

func TestTheResultOfAnActionWhoseNodeFailsSaysWhetherItMayHaveBeenApplied(t *testing.T) {
	lost := &cluster.CallError{Bot: "b", Node: "n", Ambiguous: true, Err: errors.New("gone")}
	refused := &cluster.CallError{Bot: "b", Node: "n", Err: errors.New("gone")}
	for _, test := range []struct {
		path                 string
		err                  error
		hasResult, ambiguous bool
	}{
		{path: "/v1/bots/b/actions", err: lost, hasResult: true, ambiguous: true},
		{path: "/v1/bots/b/follow-ups", err: lost, hasResult: true, ambiguous: true},
		{path: "/v1/bots/b/actions", err: refused, hasResult: true},
		{path: "/v1/bots/b/actions", err: cluster.ErrNoOwner, hasResult: true},
		{path: "/v1/bots/b/disable", err: lost},
	} {
		raw := resultOf(httptest.NewRequest(http.MethodPost, test.path, nil), test.err)
		if !test.hasResult {
			if raw != nil {
				t.Errorf("%s: the result is %s", test.path, raw)
			}
			continue
		}
		var result struct {
			Success   *bool  `json:"success"`
			Error     string `json:"error"`
			Ambiguous bool   `json:"ambiguous"`
		}
		if err := json.Unmarshal(raw, &result); err != nil {
			t.Errorf("%s: %q: %v", test.path, raw, err)
		} else if result.Success == nil || *result.Success || result.Error == "" || result.Ambiguous != test.ambiguous {
			t.Errorf("%s after %v: the result is %s", test.path, test.err, raw)
		}
	}
}
