package wire

import (
	"bytes"

	json "github.com/goccy/go-json"
)

// Result is a connector's answer to an action: an open JSON object, with its known fields
// decoded. Ambiguous says of a failure that the action may still have been applied.
//
// A Result that was received is encoded as it was sent, even if its fields were changed. One
// that was built is encoded from its fields.
type Result struct {
	Success   bool
	Error     string
	Code      string
	MessageID string
	ThreadID  string
	Ambiguous bool

	// raw is what was received: the object itself, or the frame that contains it.
	raw     []byte
	inFrame bool
}

// notAnObject is the error text of a result that is not an object.
const notAnObject = "connector answered with a result that is not an object"

// Failure returns a failed result with that error text.
func Failure(errText string, ambiguous bool) Result {
	return Result{Error: errText, Ambiguous: ambiguous}
}

// ParseResult reads a result object. Any other value gives a failure that says so.
func ParseResult(obj []byte) Result {
	o, err := parseObject(KindOutboundResult, obj)
	if err != nil {
		return Failure(notAnObject, false)
	}
	r := resultOf(o)
	r.raw = bytes.Clone(compactLines(bytes.Trim(obj, jsonSpace)))
	return r
}

func resultOf(o object) Result {
	return Result{
		Success:   o.flag("success"),
		Error:     o.text("error"),
		Code:      o.text("code"),
		MessageID: o.text("message_id"),
		ThreadID:  o.text("thread_id"),
		Ambiguous: o.flag("ambiguous"),
	}
}

// resultFrame is an outbound_result as connectors send it.
type resultFrame struct {
	RequestID string        `json:"requestId"`
	Result    *resultFields `json:"result"`
}

type resultFields struct {
	Success   bool   `json:"success"`
	Error     string `json:"error"`
	Code      string `json:"code"`
	MessageID string `json:"message_id"`
	ThreadID  string `json:"thread_id"`
	Ambiguous bool   `json:"ambiguous"`
}

// DecodeOutboundResult reads an outbound_result frame. A result that is not an object is a
// failed Result, not an error. A missing one counts as an empty object, which is a failure too.
func DecodeOutboundResult(line []byte) (requestID string, r Result, err error) {
	return new(ResultDecoder).Decode(line)
}

// ResultDecoder reads many outbound_result frames with less memory than DecodeOutboundResult
// for each. The zero value is ready; it belongs to one goroutine.
type ResultDecoder struct {
	frame  resultFrame
	fields resultFields
}

// Decode is DecodeOutboundResult. What it returns stays valid.
func (d *ResultDecoder) Decode(line []byte) (requestID string, r Result, err error) {
	own := bytes.Clone(line)
	if requestID, r, ok := scanResult(own); ok {
		return requestID, r, nil
	}
	d.frame.Result = &d.fields
	if onePass(own, &d.frame) && d.frame.Result != nil {
		f := d.frame.Result
		requestID = d.frame.RequestID
		r = Result{
			Success: f.Success, Error: f.Error, Code: f.Code,
			MessageID: f.MessageID, ThreadID: f.ThreadID, Ambiguous: f.Ambiguous,
			raw: own, inFrame: true,
		}
		*d = ResultDecoder{} // or it would keep the line
		return requestID, r, nil
	}
	*d = ResultDecoder{}
	obj, err := parseObject(KindOutboundResult, line)
	if err != nil {
		return "", Result{}, err
	}
	requestID = obj.text("requestId")
	raw, ok := obj.get("result")
	if !ok {
		raw = []byte("{}")
	}
	return requestID, ParseResult(raw), nil
}

// AppendOutboundResult appends an outbound_result frame to dst.
func AppendOutboundResult(dst []byte, requestID string, r Result) []byte {
	dst = beginFrame(dst, KindOutboundResult)
	dst = appendMember(dst, "requestId", requestID)
	dst = append(dst, `,"result":`...)
	return endFrame(r.AppendJSON(dst))
}

// object returns the result as it was received, nil for one that was built.
func (r Result) object() []byte {
	if r.inFrame {
		return find(r.raw, "result")
	}
	return r.raw
}

// AppendJSON appends the result's JSON object to dst. It always has "success".
func (r Result) AppendJSON(dst []byte) []byte {
	obj := r.object()
	if obj == nil {
		return r.appendFields(dst)
	}
	if find(obj, "success") != nil {
		return append(dst, compactLines(obj)...)
	}
	dst = append(dst, `{"success":false`...)
	if rest := skipSpace(obj[1:]); rest[0] != '}' {
		dst = append(dst, ',')
	}
	return append(dst, compactLines(obj[1:])...)
}

func (r Result) appendFields(dst []byte) []byte {
	dst = append(dst, `{"success":false`...)
	if r.Success {
		dst = append(dst[:len(dst)-len("false")], "true"...)
	}
	for _, f := range [...]field{
		{"message_id", r.MessageID}, {"thread_id", r.ThreadID}, {"error", r.Error}, {"code", r.Code},
	} {
		if f.value != "" {
			dst = appendMember(dst, f.key, f.value)
		}
	}
	if r.Ambiguous {
		dst = appendBool(dst, "ambiguous", true)
	}
	return append(dst, '}')
}

// MarshalJSON returns the result's JSON object.
func (r Result) MarshalJSON() ([]byte, error) { return r.AppendJSON(nil), nil }

// Field returns the field of that name as raw JSON.
func (r Result) Field(name string) (json.RawMessage, bool) {
	raw := find(r.AppendJSON(nil), name)
	return raw, raw != nil
}

// CreatedThread returns the thread that a thread_create opened: ThreadID, else MessageID. It is "" for a failure.
func (r Result) CreatedThread() string {
	if !r.Success {
		return ""
	}
	return firstOf(r.ThreadID, r.MessageID)
}

// AutoThreadName returns the name of the thread that the connector opened by itself for a send, "" where it opened
// none. ThreadID is that thread's id.
func (r Result) AutoThreadName() string {
	raw, _ := r.Field("auto_thread_name")
	return text(raw)
}

// ChatInfo is a chat's name and type.
type ChatInfo struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// ChatInfo reads the answer to a get_chat_info action, inside "chat_info" or on the result
// itself. If it is missing or null, the name defaults to the chat's id and the type to "dm". A
// failed result gives only these defaults.
func (r Result) ChatInfo(chatID string) ChatInfo {
	obj := r.AppendJSON(nil)
	if nested := find(obj, "chat_info"); isObject(nested) && truthy(nested) {
		obj = nested
	}
	info := ChatInfo{Name: chatID, Type: defaultChatType}
	o := splitObject(obj)
	if raw, ok := o.get("name"); ok && !isNull(raw) {
		info.Name = text(raw)
	}
	if raw, ok := o.get("type"); ok && !isNull(raw) {
		info.Type = text(raw)
	}
	return info
}
