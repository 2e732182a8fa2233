package wire

// AppendGoingIdle appends a going_idle frame to dst.
func AppendGoingIdle(dst []byte) []byte { return endFrame(beginFrame(dst, KindGoingIdle)) }

// AppendGoingIdleAck appends a going_idle_ack frame to dst.
func AppendGoingIdleAck(dst []byte) []byte { return endFrame(beginFrame(dst, KindGoingIdleAck)) }

// AppendInboundAck appends an inbound_ack frame to dst.
func AppendInboundAck(dst []byte, bufferID string) []byte {
	dst = beginFrame(dst, KindInboundAck)
	return endFrame(appendMember(dst, "bufferId", bufferID))
}

// DecodeInboundAck reads an inbound_ack frame and returns its buffer id.
func DecodeInboundAck(line []byte) (bufferID string, err error) {
	obj, err := parseObject(KindInboundAck, line)
	if err != nil {
		return "", err
	}
	raw, _ := obj.get("bufferId")
	return bufferIDOf(raw), nil
}

// bufferIDOf returns the id that an acknowledgement must carry, "" when the delivery is
// live. Every number is an id, 0 included. Of the values that no connector sends, those that
// are false in Python are no id.
func bufferIDOf(raw []byte) string {
	if len(raw) == 0 {
		return ""
	}
	if c := raw[0]; c != '-' && (c < '0' || c > '9') && !truthy(raw) {
		return ""
	}
	return text(raw)
}
