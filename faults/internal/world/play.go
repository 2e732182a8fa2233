package world

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"hermod/faults/internal/journal"
	"hermod/faults/internal/judge"
	"hermod/faults/internal/role"
	"hermod/faults/internal/schedule"
	"hermod/wire/wiretest"
)

// play is one run of a schedule.
type play struct {
	*World
	ctx    context.Context
	prefix string // of all ids, so that plays of one world differ
	notes  *journal.Writer
	facts  judge.Facts
	notRun map[schedule.Do]int
	looked time.Time // for bots that are stuck

	mu       sync.Mutex
	disabled map[string]bool // bots that an operator disabled, and was told so
	work     sync.WaitGroup
	inBots   map[string]chan func() // injections, in order within a chat
}

// Result is what comes of a play.
type Result struct {
	Facts   judge.Facts   `json:"facts"`
	Verdict judge.Verdict `json:"verdict"`
	// NotRun counts steps that need what the machine does not allow.
	NotRun map[schedule.Do]int `json:"not_run,omitempty"`
	// Took is how long it lasted, and Settling how long of it after the last step, in milliseconds.
	Took, Settling int
	// Logs are those of the processes, if a promise was broken.
	Logs map[string]string `json:"logs,omitempty"`
	// Error says that the lab itself failed; its world cannot be used any more.
	Error string `json:"error,omitempty"`
}

// Play carries out a schedule, waits until all is done that was begun, and judges.
func (w *World) Play(ctx context.Context, s schedule.Schedule) Result {
	began := time.Now()
	w.plays++
	notes, err := journal.Open(w.journal("api"), "api")
	if err != nil {
		return Result{Error: err.Error()}
	}
	defer notes.Close()
	p := &play{World: w, ctx: ctx, prefix: fmt.Sprintf("p%d/", w.plays), notes: notes,
		facts:  judge.Facts{Schedule: s, Injected: make(map[string]int)},
		notRun: make(map[schedule.Do]int), disabled: make(map[string]bool), inBots: make(map[string]chan func())}
	watch := watchMachine()
	for _, l := range w.links {
		l.Forget()
	}
	for _, step := range s.Steps {
		wait := time.Duration(step.At)*time.Millisecond - time.Since(began)
		<-time.After(max(0, wait))
		p.do(step)
	}
	stepsDone := time.Now()
	for _, chat := range p.inBots {
		close(chat)
	}
	if err := p.settle(); err != nil {
		return Result{Error: err.Error()}
	}
	p.facts.Stalled = watch() > stall
	result := Result{Facts: p.facts, Verdict: judge.Judge(p.facts), NotRun: p.notRun,
		Took: int(time.Since(began).Milliseconds()), Settling: int(time.Since(stepsDone).Milliseconds())}
	if len(result.Verdict.Violations) > 0 {
		result.Logs = w.Logs()
	}
	return result
}

// do begins a step.
func (p *play) do(s schedule.Step) {
	lasting := time.Duration(s.For) * time.Millisecond
	switch {
	case !s.IsFault():
		p.traffic(s)
	case p.links[s.On] != nil:
		p.onLink(s, lasting)
	case s.Do == schedule.Kill, s.Do == schedule.Freeze, s.Do == schedule.Clock:
		p.onProcess(s, lasting)
	case p.disks[s.On] != nil:
		p.onDisk(s, lasting)
	case s.Do == schedule.Loss:
		p.isolated(s, func() error { return lose(s.N, lasting) })
	default:
		p.onBot(s, lasting)
	}
}

// isolated has something done that needs namespaces.
func (p *play) isolated(s schedule.Step, do func() error) {
	if !p.opts.Isolated {
		p.notRun[s.Do]++
		return
	}
	p.work.Go(func() {
		if err := do(); err != nil {
			p.see(judge.Crash, "the lab cannot do %s: %v", s.Do, err)
		}
	})
}

// see notes a violation that is seen on its face.
func (p *play) see(kind, format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.facts.Seen = append(p.facts.Seen, judge.Violation{Kind: kind, Text: fmt.Sprintf(format, args...)})
}

// traffic injects deliveries, in order within a chat, and has requests made.
func (p *play) traffic(s schedule.Step) {
	id, chat := p.prefix+s.ID, p.prefix+s.Chat
	switch s.Do {
	case schedule.Event:
		event := json.RawMessage(wiretest.Event(platform, chat, id, s.Text))
		p.inOrder(s.Chat, s.ID, "/dev/inbound", map[string]any{"gateway": s.On, "event": event})
	case schedule.Forward:
		forward := map[string]any{"platform": platform, "botId": "bot-" + s.On, "method": "POST", "path": "/" + id}
		p.inOrder(s.On+"f", s.ID, "/dev/passthrough", map[string]any{"gateway": s.On, "forward": forward})
	case schedule.Ask:
		content := strings.Replace(s.Text, s.ID, id, 1)
		if name, embeds := map[string]string{"e": "embedded", "b": "behind"}[s.On]; embeds {
			p.procs[name].tell(encode(role.Errand{Chat: chat, Command: content, ID: id}))
			return
		}
		p.work.Go(func() { p.act(p.ctx, p.notes, s.On, chat, id, content) })
	}
}

// inOrder injects behind what was injected into the same lane before.
func (p *play) inOrder(lane, id, path string, body any) {
	queue := p.inBots[lane]
	if queue == nil {
		queue = make(chan func(), 64)
		p.inBots[lane] = queue
		p.work.Go(func() {
			for do := range queue {
				do()
			}
		})
	}
	p.mu.Lock()
	p.facts.Injected[id] = 1
	p.mu.Unlock()
	queue <- func() {
		tries := p.inject(p.ctx, path, body)
		p.mu.Lock()
		p.facts.Injected[id] = tries
		p.mu.Unlock()
	}
}

func (p *play) onLink(s schedule.Step, lasting time.Duration) {
	l := p.links[s.On]
	var err error
	switch s.Do {
	case schedule.Reset:
		l.Reset()
	case schedule.Cut:
		l.CutAfter(s.N)
	case schedule.Swallow:
		l.Swallow()
	case schedule.Stall, schedule.Late:
		l.Stall()
	case schedule.Refuse:
		l.Refuse()
	case schedule.Latency:
		err = l.Toxic("latency", fmt.Sprintf(`{"latency":%d,"jitter":%d}`, s.N, s.N/2))
	case schedule.Bandwidth:
		err = l.Toxic("bandwidth", fmt.Sprintf(`{"rate":%d}`, s.N))
	case schedule.SlowStart:
		err = l.Toxic("slicer", `{"average_size":64,"size_variation":32,"delay":8000}`)
		l.Reset()
	case schedule.Limit:
		err = l.Toxic("limit_data", fmt.Sprintf(`{"bytes":%d}`, s.N))
	case schedule.Partition:
		p.isolated(s, func() error { return partition(p.at[s.On], lasting) })
	}
	if err != nil {
		p.see(judge.Crash, "the lab cannot do %s: %v", s.Do, err)
	}
	if lasting > 0 && s.Do != schedule.Partition {
		p.work.Go(func() {
			<-time.After(lasting)
			l.Heal()
		})
	}
}

func (p *play) onProcess(s schedule.Step, lasting time.Duration) {
	signal, proc := p.signalChild, p.procs[s.On]
	if proc != nil {
		signal = proc.signal
	}
	switch {
	case s.Do == schedule.Clock:
		p.jump(proc, s, lasting)
	case s.Do == schedule.Freeze:
		signal(syscall.SIGSTOP)
		p.work.Go(func() {
			<-time.After(lasting)
			signal(syscall.SIGCONT)
		})
	case proc == nil:
		signal(syscall.SIGKILL)
	default:
		p.work.Go(proc.kill)
	}
}

// jump sets the wall clock of a process, and sets it right after a while.
func (p *play) jump(proc *process, s schedule.Step, lasting time.Duration) {
	if err := proc.clock.Jump(time.Duration(s.N) * time.Second); err != nil {
		p.see(judge.Crash, "the lab cannot do %s: %v", s.Do, err)
	}
	p.work.Go(func() {
		<-time.After(lasting)
		_ = proc.clock.Jump(0)
	})
}

// signalChild reaches the daemon's subprocess of the moment.
func (p *play) signalChild(s syscall.Signal) {
	if pid := int(p.child.Load()); pid > 1 {
		_ = syscall.Kill(pid, s)
	}
}

func (p *play) onDisk(s schedule.Step, lasting time.Duration) {
	d := p.disks[s.On]
	p.isolated(s, func() error {
		switch s.Do {
		case schedule.DiskFull:
			d.fill(lasting)
		case schedule.DiskSlow:
			d.slow(lasting)
		case schedule.Power:
			return d.losePower(p.procs[s.On])
		}
		return nil
	})
}

// onBot is what connectors and operators do.
func (p *play) onBot(s schedule.Step, lasting time.Duration) {
	p.work.Go(func() {
		switch s.Do {
		case schedule.CloseDies, schedule.Close:
			if s.Do == schedule.CloseDies {
				l := p.links[map[bool]string{true: "e-c", false: "d-c"}[s.On == "e"]]
				l.CloseDies()
				defer l.Heal()
			}
			body := map[string]any{"gateway": s.On, "code": s.N, "reason": "the lab says so"}
			call(p.ctx, http.MethodPost, p.connectorURL("/dev/close"), body, "", nil)
			<-time.After(lasting)
		case schedule.Tear:
			call(p.ctx, http.MethodPost, p.connectorURL("/dev/cut"), map[string]any{"gateway": s.On}, "", nil)
		case schedule.Reconnect:
			call(p.ctx, http.MethodPost, p.apiURL("/v1/bots/"+s.On+"/reconnect"), nil, "", nil)
		case schedule.Sleep:
			call(p.ctx, http.MethodPost, p.apiURL("/v1/bots/"+s.On+"/sleep"), nil, "", nil)
		case schedule.Revoke:
			body := map[string]any{"gateway": s.On}
			call(p.ctx, http.MethodPost, p.connectorURL("/dev/revoke"), body, "", nil)
			<-time.After(lasting)
			p.insist(p.connectorURL("/dev/restore"), body)
		case schedule.Disable:
			if call(p.ctx, http.MethodPost, p.apiURL("/v1/bots/"+s.On+"/disable"), nil, "", nil)/100 == 2 {
				p.mu.Lock()
				p.disabled[s.On] = true
				p.mu.Unlock()
			}
		case schedule.Reload:
			p.mu.Lock()
			p.tries = 7 - p.tries
			_ = p.configure()
			p.mu.Unlock()
			if daemon := p.procs["daemon"]; daemon.isUp() { // one that has not begun to listen dies of it
				daemon.signal(syscall.SIGHUP)
			}
		}
	})
}
