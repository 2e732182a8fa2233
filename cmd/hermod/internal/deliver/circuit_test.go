package deliver

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var errDown = errors.New("connection refused")

func TestACircuitOpensWhenPostsFailInARow(t *testing.T) {
	for name, tt := range map[string]struct {
		posts string // F fails, S succeeds, a letter is a delivery that is refused, and A one of which nothing came
		open  bool
	}{
		"too few":                             {"FFFF", false},
		"enough":                              {"FFFFF", true},
		"a success between":                   {"FFFFSFFFF", false},
		"one delivery that is refused":        {"aaaaaaaaaaaa", false},
		"different deliveries":                {"abcde", true},
		"two deliveries in turn":              {"ababa", true},
		"refusals and failures":               {"aFaFa", true},
		"a post of which nothing came":        {"FFFFAAAA", false},
		"a success of a post that was before": {"FFFFFS", false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCircuit()
				for i, post := range strings.Split(tt.posts, "") {
					switch post {
					case "F":
						opened := c.fail(0, "", errDown)
						if opened != (tt.open && i == openAfter-1) && tt.open {
							t.Errorf("post %d opened it: %v", i, opened)
						}
					case "S":
						c.succeed()
					case "A":
						c.abandon(0)
					default:
						c.fail(0, post, errDown)
					}
				}
				if got := c.view(); got.open != tt.open || got.open && got.err != errDown {
					t.Errorf("it is %+v, want open %v", got, tt.open)
				}
			})
		})
	}
}

// broken is an open circuit.
func broken() *circuit {
	c := newCircuit()
	for range openAfter {
		c.fail(0, "", errDown)
	}
	return c
}

func TestProbesComeOneAtATimeAfterGrowingPausesAndInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := broken()
		last := time.Now()
		type probe struct {
			post int
			pass pass
		}
		probes := make(chan probe)
		for post := range 20 {
			go func() {
				for {
					p, err := c.enter(background)
					if err != nil || p == 0 {
						return
					}
					probes <- probe{post, p}
				}
			}()
			synctest.Wait()
		}
		for n := 1; n <= 50; n++ {
			now := <-probes
			gap, rung := time.Since(last), probeBackoff.Rung(n)
			if gap < rung/2 || gap > rung || now.post != (n-1)%20 {
				t.Errorf("probe %d is of post %d, after %v; want post %d, within %v", n, now.post, gap, (n-1)%20, rung)
			}
			time.Sleep(20 * time.Second) // a slow failure
			select {
			case other := <-probes:
				t.Fatalf("post %d goes beside a probe", other.post)
			default:
			}
			c.fail(now.pass, "", errDown)
			last = time.Now()
		}
		c.succeed()
		synctest.Wait()
		if c.waiting.Len() != 0 {
			t.Errorf("%d posts wait at a closed circuit", c.waiting.Len())
		}
	})
}

func TestAPostWhosePatienceIsOverWaitsAtNoCircuit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over, cancel := context.WithCancel(background)
		cancel()
		c := newCircuit()
		if _, err := c.enter(over); err != nil {
			t.Errorf("a closed circuit says %v", err)
		}
		c = broken()
		if _, err := c.enter(over); !errors.Is(err, context.Canceled) || c.waiting.Len() != 0 {
			t.Errorf("an open circuit says %v; %d wait", err, c.waiting.Len())
		}
		time.Sleep(time.Minute)
		p, err := c.enter(over)
		if err != nil || p == 0 {
			t.Errorf("a probe that is due: %v, %v", p, err)
		}
		c.abandon(p)
		if next, err := c.enter(over); err != nil || next == 0 {
			t.Errorf("after a probe of which nothing came: %v, %v", next, err)
		}
	})
}

// What began before the circuit closed and opened again says nothing of the probe that is under way then.
func TestAProbeOfAnEarlierOpeningIsNoProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := broken()
		time.Sleep(time.Minute)
		early, err := c.enter(background)
		must(t, err)
		c.succeed()
		for range openAfter {
			c.fail(0, "", errDown)
		}
		time.Sleep(time.Minute)
		now, err := c.enter(background)
		must(t, err)
		c.fail(early, "", errDown)
		c.abandon(early)
		if !c.holds(early) || c.holds(now) || !c.probing || c.probes != 0 {
			t.Errorf("probing %v, %d failed probes", c.probing, c.probes)
		}
	})
}

// modelPost is a post as the model sees it.
type modelPost struct {
	number int
	cancel context.CancelFunc
	went   chan pass // closed when it was cancelled
	pass   pass
}

// circuitModel plays random events against what a circuit promises.
type circuitModel struct {
	*testing.T
	c        *circuit
	rand     *rand.Rand
	waiting  []*modelPost
	running  []*modelPost
	posts    int
	failures int
	open     bool
	probes   int // that failed
	due      time.Time
}

func TestACircuitKeepsItsPromisesInAnyOrderOfEvents(t *testing.T) {
	for seed := range uint64(150) {
		synctest.Test(t, func(t *testing.T) {
			m := &circuitModel{T: t, c: newCircuit(), rand: rand.New(rand.NewPCG(seed, 1))}
			for range 120 {
				m.step()
				synctest.Wait()
				m.check(seed)
				if t.Failed() {
					return
				}
			}
			for _, p := range m.waiting {
				p.cancel()
			}
		})
	}
}

func (m *circuitModel) step() {
	switch draw := m.rand.IntN(10); {
	case draw < 3:
		m.arrive()
	case draw < 4 && len(m.waiting) > 0:
		at := m.rand.IntN(len(m.waiting))
		m.waiting[at].cancel()
		m.waiting = append(m.waiting[:at:at], m.waiting[at+1:]...)
	case draw < 8 && len(m.running) > 0:
		m.finish(m.rand.IntN(len(m.running)))
	default:
		time.Sleep(time.Duration(m.rand.Int64N(int64(20 * time.Second))))
	}
}

func (m *circuitModel) arrive() {
	ctx, cancel := context.WithCancel(background)
	p := &modelPost{number: m.posts, cancel: cancel, went: make(chan pass, 1)}
	m.posts++
	m.waiting = append(m.waiting, p)
	go func() {
		defer close(p.went)
		if pass, err := m.c.enter(ctx); err == nil {
			p.went <- pass
		}
	}()
}

// finish has a post that is under way end somehow.
func (m *circuitModel) finish(at int) {
	p := m.running[at]
	m.running = append(m.running[:at:at], m.running[at+1:]...)
	probe := m.open && m.c.isProbe(p.pass)
	switch draw := m.rand.IntN(10); {
	case draw == 0:
		m.c.abandon(p.pass)
	case draw < 3:
		m.failures, m.probes, m.open = 0, 0, false
		m.c.succeed()
	case m.open && !probe:
		m.c.fail(p.pass, "", errDown)
	default:
		m.failures++
		if m.open {
			m.probes++
		}
		m.open = m.failures >= openAfter
		m.due = time.Now().Add(probeBackoff.Rung(m.probes+1) / 2) // not earlier
		m.c.fail(p.pass, "", errDown)
	}
}

// check sees who went, and holds it against what may be.
func (m *circuitModel) check(seed uint64) {
	m.Helper()
	wrong := func(format string, args ...any) {
		m.Helper()
		m.Errorf("seed %d: %s", seed, fmt.Sprintf(format, args...))
	}
	for len(m.waiting) > 0 {
		p := m.waiting[0]
		select {
		case p.pass = <-p.went:
		default:
			p = nil
		}
		if p == nil {
			break
		}
		m.waiting = m.waiting[1:]
		m.running = append(m.running, p)
		if m.open && (p.pass == 0 || time.Now().Before(m.due)) {
			wrong("post %d went through an open circuit", p.number)
		}
	}
	for _, p := range m.waiting {
		if len(p.went) > 0 {
			wrong("post %d overtook post %d", p.number, m.waiting[0].number)
		}
	}
	probes := 0
	for _, p := range m.running {
		if m.open && m.c.isProbe(p.pass) {
			probes++
		}
	}
	now := m.c.view()
	switch {
	case now.open != m.open || now.failures != m.failures:
		wrong("it is %+v; want open %v after %d failures", now, m.open, m.failures)
	case !m.open && len(m.waiting) > 0:
		wrong("%d posts wait at a closed circuit", len(m.waiting))
	case probes > 1:
		wrong("%d probes at once", probes)
	case m.open && probes == 0 && len(m.waiting) > 0 && time.Since(now.next) >= 0:
		wrong("no probe goes although one is due")
	}
}
