package actors

// group is what one read brought for one lane, in order.
type group struct {
	lane       string
	deliveries []*delivery
}

// groups sorts deliveries by lane.
type groups struct {
	list   []*group          // in the order of their first delivery
	byLane map[string]*group // nil while they are few
}

// manyGroups is how many groups are worth a map.
const manyGroups = 8

// add puts a delivery into the group of its lane, and returns the lane's name, the same string for all of a group.
func (s *groups) add(lane []byte, d *delivery) string {
	g := s.find(lane)
	if g == nil {
		g = s.begin(string(lane))
	}
	g.deliveries = append(g.deliveries, d)
	return g.lane
}

func (s *groups) find(lane []byte) *group {
	if s.byLane != nil {
		return s.byLane[string(lane)]
	}
	for _, g := range s.list {
		if g.lane == string(lane) {
			return g
		}
	}
	return nil
}

func (s *groups) begin(lane string) *group {
	g := &group{lane: lane}
	s.list = append(s.list, g)
	if s.byLane == nil && len(s.list) > manyGroups {
		s.byLane = make(map[string]*group, len(s.list))
		for _, known := range s.list {
			s.byLane[known.lane] = known
		}
	}
	if s.byLane != nil {
		s.byLane[lane] = g
	}
	return g
}
