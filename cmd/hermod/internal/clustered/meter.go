package clustered

// Messages implements cluster.Meter.
func (h *Host) Messages() map[string]uint64 {
	in := h.fleet.Load()
	if in == nil {
		return nil
	}
	messages := make(map[string]uint64)
	for _, bot := range in.Statuses() {
		if now := bot.Last; now != nil {
			counters := now.Live().Counters
			messages[bot.Name()] = counters.Handled + counters.Requests
		}
	}
	return messages
}
