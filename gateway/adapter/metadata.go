package adapter

import (
	json "github.com/goccy/go-json"

	"hermod/wire"
)

// InThread returns the action with the thread to write in, as metadata.thread_id; connectors never take it from
// reply_to. The thread of an answer is the event's (wire.Event.Thread). An action whose metadata names a thread, and
// one for no thread (""), come back as they are.
func InThread(a wire.Action, thread string) wire.Action {
	if metadata, ok := metadataOf(a); ok && textOf(metadata["thread_id"])+textOf(metadata["thread_ts"]) == "" {
		return complete(a, metadata, map[string]string{"thread_id": thread})
	}
	return a
}

// withAddress completes the metadata.
func withAddress(a wire.Action, where address) wire.Action {
	metadata, ok := metadataOf(a)
	if !ok {
		return a
	}
	if where.profile == "main" || where.profile == "default" {
		where.profile = ""
	}
	return complete(a, metadata, map[string]string{
		"scope_id": where.scopeID, "user_id": where.userID, "profile": where.profile,
	})
}

// metadataOf returns the action's metadata. One that is neither an object nor null is the caller's own business.
func metadataOf(a wire.Action) (metadata object, ok bool) {
	raw, _ := a.Field("metadata")
	return metadata, len(raw) == 0 || json.Unmarshal(raw, &metadata) == nil
}

// complete sets what is known and not set yet.
func complete(a wire.Action, metadata object, known map[string]string) wire.Action {
	completed := make(map[string]any, len(metadata)+len(known))
	for name, value := range metadata {
		completed[name] = value
	}
	changed := false
	for name, value := range known {
		if value != "" && textOf(metadata[name]) == "" {
			completed[name], changed = value, true
		}
	}
	if !changed {
		return a
	}
	return a.With("metadata", completed)
}
