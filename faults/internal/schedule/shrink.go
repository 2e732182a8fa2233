package schedule

// Shrink leaves out what a failing schedule does not need to fail: halves first, then ever smaller parts, down to
// single steps. fails plays a candidate, and is called at most tries times.
func Shrink(s Schedule, tries int, fails func(Schedule) bool) Schedule {
	for part := len(s.Steps) / 2; part > 0 && tries > 0; {
		smaller := false
		for from := 0; from < len(s.Steps) && tries > 0; {
			candidate := s.Without(from, min(from+part, len(s.Steps)))
			tries--
			if len(candidate.Steps) > 0 && fails(candidate) {
				s, smaller = candidate, true
				continue
			}
			from += part
		}
		if !smaller || part > 1 {
			part /= 2
		}
	}
	return s
}
