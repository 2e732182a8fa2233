package workload

import "bytes"

// Event is the typed event of the clients that are measured beside the engine: the same fields, decoded in one pass.
type Event struct {
	Text             string   `json:"text"`
	MessageType      string   `json:"message_type"`
	MessageID        string   `json:"message_id"`
	ReplyToMessageID string   `json:"reply_to_message_id"`
	MediaURLs        []string `json:"media_urls"`
	Media            []Media  `json:"media"`
	Source           Source   `json:"source"`
	ReplyTo          *ReplyTo `json:"reply_to"`
}

// Source says where an event came from.
type Source struct {
	Platform              string `json:"platform"`
	ChatID                string `json:"chat_id"`
	ChatType              string `json:"chat_type"`
	ChatName              string `json:"chat_name"`
	UserID                string `json:"user_id"`
	UserName              string `json:"user_name"`
	UserDisplayName       string `json:"user_display_name"`
	UserHandle            string `json:"user_handle"`
	ThreadID              string `json:"thread_id"`
	ChatTopic             string `json:"chat_topic"`
	UserIDAlt             string `json:"user_id_alt"`
	ChatIDAlt             string `json:"chat_id_alt"`
	ParentChatID          string `json:"parent_chat_id"`
	MessageID             string `json:"message_id"`
	ScopeID               string `json:"scope_id"`
	GuildID               string `json:"guild_id"`
	Profile               string `json:"profile"`
	AutoThreadCreated     bool   `json:"auto_thread_created"`
	AutoThreadInitialName string `json:"auto_thread_initial_name"`
	ProspectiveThreadID   string `json:"prospective_thread_id"`
}

// Media is one attachment.
type Media struct {
	URL      string `json:"url"`
	Kind     string `json:"kind"`
	MIME     string `json:"mime"`
	Size     int64  `json:"size"`
	Filename string `json:"filename"`
	Caption  string `json:"caption"`
}

// ReplyTo is the message that an event answers.
type ReplyTo struct {
	Text   string `json:"text"`
	Author string `json:"author"`
	IsOwn  bool   `json:"is_own"`
}

// Frame is any frame of the connector, so that one pass decodes it whatever its type. It costs 5 % more than the exact
// struct, and a third less than decoding an envelope before its content.
type Frame struct {
	Type       string   `json:"type"`
	RequestID  string   `json:"requestId"`
	BufferID   string   `json:"bufferId"`
	Event      *Event   `json:"event"`
	Reply      *Reply   `json:"result"`
	Descriptor struct{} `json:"descriptor"`
}

// Reply is the result of a request.
type Reply struct {
	Success   bool   `json:"success"`
	MessageID string `json:"message_id"`
	Error     string `json:"error"`
}

// Hello is the first frame of a client.
type Hello struct {
	Type     string `json:"type"`
	Platform string `json:"platform"`
	BotID    string `json:"botId"`
}

// NewHello is the hello of every client.
func NewHello() Hello { return Hello{Type: "hello", Platform: "discord", BotID: "b1"} }

// Request is a send request.
type Request struct {
	Type      string `json:"type"`
	RequestID string `json:"requestId"`
	Action    Action `json:"action"`
}

// Action is a send.
type Action struct {
	Op       string            `json:"op"`
	ChatID   string            `json:"chat_id"`
	Content  string            `json:"content"`
	ReplyTo  *string           `json:"reply_to"`
	Metadata map[string]string `json:"metadata"`
}

// NewRequest is a request to send a text to a chat.
func NewRequest(id, chat, text string) Request {
	return Request{Type: "outbound", RequestID: id, Action: Action{Op: "send", ChatID: chat, Content: text}}
}

// Ack acknowledges a delivery.
type Ack struct {
	Type     string `json:"type"`
	BufferID string `json:"bufferId"`
}

// NewAck acknowledges the delivery of that id.
func NewAck(bufferID string) Ack { return Ack{Type: "inbound_ack", BufferID: bufferID} }

// Lines joins the lines of a connection. A message may hold many lines or a part of one. It belongs to one goroutine.
type Lines struct{ rest []byte }

// Each calls do with every line that the message completes, until do fails. A line is valid during the call.
func (l *Lines) Each(message []byte, do func(line []byte) error) error {
	for {
		end := bytes.IndexByte(message, '\n')
		if end < 0 {
			l.rest = append(l.rest, message...)
			return nil
		}
		line := message[:end]
		message = message[end+1:]
		if len(l.rest) > 0 {
			line = append(l.rest, line...)
			l.rest = l.rest[:0]
		}
		if len(line) == 0 {
			continue
		}
		if err := do(line); err != nil {
			return err
		}
	}
}
