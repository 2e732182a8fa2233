package wire

// Interrupt asks the connector to stop what runs for a session. Reason may be nil.
type Interrupt struct {
	SessionKey string
	Reason     *string
}

// AppendInterrupt appends an interrupt frame to dst. The reason is always written, as null if
// nil.
func AppendInterrupt(dst []byte, sessionKey string, reason *string) []byte {
	dst = beginFrame(dst, KindInterrupt)
	dst = appendMember(dst, "session_key", sessionKey)
	if reason == nil {
		dst = append(dst, `,"reason":null`...)
	} else {
		dst = appendMember(dst, "reason", *reason)
	}
	return endFrame(dst)
}

// DecodeInterrupt reads an interrupt frame.
func DecodeInterrupt(line []byte) (Interrupt, error) {
	obj, err := parseObject(KindInterrupt, line)
	if err != nil {
		return Interrupt{}, err
	}
	i := Interrupt{SessionKey: obj.text("session_key")}
	if raw, ok := obj.get("reason"); ok && !isNull(raw) {
		reason := text(raw)
		i.Reason = &reason
	}
	return i, nil
}

// InterruptInbound tells a gateway to stop what runs for a session.
type InterruptInbound struct {
	SessionKey string
	ChatID     string
}

// AppendInterruptInbound appends an interrupt_inbound frame to dst.
func AppendInterruptInbound(dst []byte, i InterruptInbound) []byte {
	dst = beginFrame(dst, KindInterruptInbound)
	dst = appendMember(dst, "session_key", i.SessionKey)
	dst = appendMember(dst, "chat_id", i.ChatID)
	return endFrame(dst)
}

// DecodeInterruptInbound reads an interrupt_inbound frame. Either field is "" when absent
// or null.
func DecodeInterruptInbound(line []byte) (InterruptInbound, error) {
	obj, err := parseObject(KindInterruptInbound, line)
	if err != nil {
		return InterruptInbound{}, err
	}
	return InterruptInbound{SessionKey: obj.text("session_key"), ChatID: obj.text("chat_id")}, nil
}
