package downstream

import "time"

// Figures say how the gateways are together, at one moment.
type Figures struct {
	// Connected, Idle and Absent count the gateways.
	Connected, Idle, Absent int
	// Kept counts the deliveries that they have not acknowledged, and KeptBytes their bytes. Oldest is since when the
	// first of them waits, zero when none does.
	Kept, KeptBytes int
	Oldest          time.Time
	// Fullest is how full the fullest gateway's buffer is, 0 to 1.
	Fullest float64
}

// Figures looks at every gateway.
func (s *Server) Figures() (f Figures) {
	s.mu.Lock()
	most, mostBytes := float64(max(1, s.maxKept)), float64(max(1, s.maxKeptBytes))
	s.mu.Unlock()
	for _, g := range s.all() {
		now, _ := g.state()
		switch {
		case now.Idle:
			f.Idle++
		case now.Connected:
			f.Connected++
		default:
			f.Absent++
		}
		f.Kept += now.Kept
		f.KeptBytes += now.KeptBytes
		f.Fullest = max(f.Fullest, float64(now.Kept)/most, float64(now.KeptBytes)/mostBytes)
		if !now.Oldest.IsZero() && (f.Oldest.IsZero() || now.Oldest.Before(f.Oldest)) {
			f.Oldest = now.Oldest
		}
	}
	return f
}
