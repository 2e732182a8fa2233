package clustered

import (
	"errors"
	"net/http"
	"strings"

	json "github.com/goccy/go-json"

	"hermod/cluster"
	"hermod/wire"
)

// resultOf is the result of an action that brought no answer, as of one that the bot's relay fails itself: clients read
// there whether it may have been applied. It is nil for a request that is no action.
func resultOf(r *http.Request, err error) json.RawMessage {
	if !strings.HasSuffix(r.URL.Path, "/actions") && !strings.HasSuffix(r.URL.Path, "/follow-ups") {
		return nil
	}
	failed := new(cluster.CallError)
	ambiguous := errors.As(err, &failed) && failed.Ambiguous
	return wire.Failure(err.Error(), ambiguous).AppendJSON(nil)
}
