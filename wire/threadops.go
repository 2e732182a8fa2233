package wire

import (
	"errors"
	"strings"
)

// MaxThreadName is the longest name of a thread in UTF-16 units, the smallest limit among platforms.
const MaxThreadName = 100

// errThreadName and errNoThread are what an action without a name or a thread reports by Err.
var (
	errThreadName = errors.New("wire: the thread's name is blank; name it")
	errNoThread   = errors.New("wire: the thread to rename has no id; take the event's thread, or the result's")
)

// NewThreadCreate returns the opening of a thread in a chat; Result.CreatedThread reads the answer. The name becomes
// one line of at most MaxThreadName units; a blank one is an action whose Err says so.
func NewThreadCreate(chatID, name string) Action {
	name = threadName(name)
	a := newAction(OpThreadCreate, field{"chat_id", chatID}, field{"thread_name", name})
	if name == "" {
		a.err = errThreadName
	}
	return a
}

// RenameGuard keeps a thread's name that a person has given it. The zero value renames whatever the name is.
type RenameGuard struct {
	// ConnectorCreated renames only a thread that still has the name by which the connector created it, which the
	// connector remembers (SourceExtras.AutoThreadCreated tells of such a thread). It stands above CurrentName.
	ConnectorCreated bool
	// CurrentName renames only a thread of exactly this name; "" is no condition.
	CurrentName string
}

// NewThreadRename returns a new name for a thread. ParentChatID is the chat that contains it; "" stands for the thread
// itself, which is enough where a thread is a chat of its own. The name is as for NewThreadCreate. Err is also not nil
// without a threadID.
func NewThreadRename(parentChatID, threadID, name string, guard RenameGuard) Action {
	name = threadName(name)
	a := newAction(OpThreadRename, field{"chat_id", firstOf(parentChatID, threadID)}, field{"message_id", threadID},
		field{"thread_name", name})
	switch {
	case guard.ConnectorCreated:
		a = a.With("only_if_connector_created", true)
	case guard.CurrentName != "":
		a = a.With("only_if_current_name", guard.CurrentName)
	}
	switch {
	case threadID == "":
		a.err = errNoThread
	case name == "":
		a.err = errThreadName
	}
	return a
}

// threadName puts a name on one line of at most MaxThreadName units.
func threadName(name string) string {
	name = strings.Join(strings.Fields(name), " ")
	units := 0
	for i, r := range name {
		if units += UTF16.Count(string(r)); units > MaxThreadName {
			return strings.TrimSpace(name[:i])
		}
	}
	return name
}
