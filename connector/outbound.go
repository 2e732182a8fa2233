package connector

import (
	"fmt"
	"slices"
	"strconv"
	"sync"

	json "github.com/goccy/go-json"

	"hermod/wire"
)

// Record is one outbound action as the connector received it.
type Record struct {
	// Seq counts the actions of all gateways in the order they were received, from 1.
	Seq uint64 `json:"seq"`
	// Gateway is the id from the session's token, or DefaultGateway.
	Gateway string `json:"gateway"`
	// RequestID was chosen by the gateway.
	RequestID string `json:"requestId"`
	// Platform and BotID are empty when the frame named none.
	Platform string `json:"platform"`
	BotID    string `json:"botId"`
	// Action is the action as sent, unknown fields included.
	Action wire.Action `json:"action"`
	// Base is what the gateway puts before the paths of the HTTP plane: the scheme, host and port that it dialled.
	Base string `json:"-"`
}

// outbound records an action and answers it.
func (s *session) outbound(line []byte) error {
	o, err := wire.DecodeOutbound(line)
	if err == nil && o.RequestID == "" {
		err = &wire.DecodeError{Kind: wire.KindOutbound, Size: len(line), Reason: "requestId is missing"}
	}
	s.out.awaitRoom()
	if err != nil {
		if o.RequestID != "" {
			s.answer(o.RequestID, wire.Failure("relay outbound refused: the action is not a JSON object", false))
		}
		return err
	}
	if !s.greeted {
		s.answer(o.RequestID, wire.Failure("relay outbound refused: say hello first", false))
		return nil
	}
	begin := s.gw.c.cfg.Embedding.Begin
	if begin == nil && !s.fronts(o.Platform, o.BotID) {
		s.answer(o.RequestID, wire.Failure(fmt.Sprintf(
			"relay outbound refused: no hello of this session named platform %q with bot %q", o.Platform, o.BotID), false))
		return nil
	}
	record := s.gw.c.records.add(Record{
		Gateway: s.gw.id, RequestID: o.RequestID, Platform: o.Platform, BotID: o.BotID, Action: o.Action, Base: s.base,
	})
	if s.gw.c.cfg.OnOutbound == nil && begin == nil {
		s.answer(o.RequestID, s.gw.c.succeed(record))
		return nil
	}
	select {
	case s.actions <- struct{}{}:
	default:
		s.answer(o.RequestID, wire.Failure("connector busy: too many actions are being performed", false))
		return nil
	}
	if begin != nil {
		begin(record, func(result wire.Result) {
			s.answerAtOnce(record.RequestID, result)
			<-s.actions
		})
		return nil
	}
	s.gw.c.work.Go(func() {
		defer func() { <-s.actions }()
		s.perform(record)
	})
	return nil
}

// fronts reports whether a hello of the session named the platform, or was answered with it, and the bot. An empty name
// means whichever.
func (s *session) fronts(platform, botID string) bool {
	return slices.ContainsFunc(s.identities, func(id wire.Identity) bool {
		return (platform == "" || platform == id.Platform) && (botID == "" || botID == id.BotID)
	})
}

// perform calls the user's platform; a panic there fails only this action.
func (s *session) perform(r Record) {
	result := func() (result wire.Result) {
		defer func() {
			if v := recover(); v != nil {
				s.log.Error("OnOutbound panicked", "op", r.Action.Op(), "panic", fmt.Sprint(v))
				result = wire.Failure("connector failed: the platform panicked", true)
			}
		}()
		return s.gw.c.cfg.OnOutbound(s.ctx, r)
	}()
	if s.ctx.Err() == nil {
		s.out.awaitRoom()
		s.answer(r.RequestID, result)
	}
}

func (s *session) answer(requestID string, r wire.Result) {
	s.out.push(frame{data: s.resultLine(requestID, r)})
}

// answerAtOnce is answer for a result that may be the only one: those of many actions share a write.
func (s *session) answerAtOnce(requestID string, r wire.Result) {
	line := s.resultLine(requestID, r)
	if len(s.actions) > 1 || !s.writeNow(line) {
		s.out.push(frame{data: line})
	}
}

func (s *session) resultLine(requestID string, r wire.Result) []byte {
	line := wire.AppendOutboundResult(nil, requestID, r)
	if len(line) > s.abilities.MaxMessage {
		line = wire.AppendOutboundResult(nil, requestID, wire.Failure("connector failed: the result is larger than what the gateway takes", true))
	}
	return line
}

// succeed is the default platform: every action succeeds.
func (c *Connector) succeed(r Record) wire.Result {
	answer := struct {
		Success   bool           `json:"success"`
		MessageID string         `json:"message_id"`
		ThreadID  string         `json:"thread_id,omitempty"`
		ChatInfo  *wire.ChatInfo `json:"chat_info,omitempty"`
	}{Success: true, MessageID: "msg-" + c.store.id + "-" + strconv.FormatUint(c.store.nextSeq(), 16)}
	switch r.Action.Op() {
	case "draft":
		answer.MessageID = c.drafts.messageID(r, answer.MessageID)
	case "thread_create":
		answer.ThreadID = "thread-" + answer.MessageID
	case "get_chat_info":
		answer.ChatInfo = &wire.ChatInfo{Name: chatOf(r.Action), Type: "dm"}
	}
	object, err := json.Marshal(answer)
	if err != nil {
		return wire.Failure("connector failed: the answer could not be encoded", false)
	}
	return wire.ParseResult(object)
}

func chatOf(a wire.Action) (chatID string) {
	if raw, ok := a.Field("chat_id"); ok {
		_ = json.Unmarshal(raw, &chatID)
	}
	return chatID
}

// records keeps the newest actions within two bounds.
type records struct {
	maxCount, maxBytes int

	mu    sync.Mutex
	last  uint64
	kept  []Record
	bytes int
}

func (r *records) add(record Record) Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	record.Seq = r.last
	r.kept = append(r.kept, record)
	r.bytes += record.Action.Size()
	for len(r.kept) > r.maxCount || (r.bytes > r.maxBytes && len(r.kept) > 1) {
		r.bytes -= r.kept[0].Action.Size()
		r.kept[0] = Record{}
		r.kept = r.kept[1:]
	}
	return record
}

// since returns a copy of the records with a number above seq.
func (r *records) since(seq uint64) []Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	first := r.last - uint64(len(r.kept)) // the number before the oldest kept
	skip := min(max(seq, first)-first, uint64(len(r.kept)))
	return append([]Record{}, r.kept[skip:]...)
}

// Outbound returns the recorded actions with a Seq above since, oldest first. Only the newest are
// kept, within Config.MaxRecords and MaxRecordBytes.
func (c *Connector) Outbound(since uint64) []Record { return c.records.since(since) }
