package fleet

// CutOff ends a bot that drains without waiting for its handlers. It does nothing to one that does not drain.
func (b *Bot) CutOff() { b.tell(&cutOff{}) }
