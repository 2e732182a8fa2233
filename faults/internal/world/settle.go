package world

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"hermod/faults/internal/journal"
	"hermod/faults/internal/judge"
	"hermod/faults/internal/schedule"
)

// heal ends every fault that lasts.
func (w *World) heal() {
	for _, l := range w.links {
		if l != nil {
			l.Heal()
		}
	}
	for _, p := range w.procs {
		p.signal(syscall.SIGCONT)
		_ = p.clock.Jump(0)
	}
}

// settle waits until the processes have done all that they owe, for as long as patience allows.
func (p *play) settle() error {
	p.work.Wait()
	p.heal()
	for _, proc := range p.procs {
		if err := proc.awaitUp(); err != nil {
			p.see(judge.Hung, "%v", err)
		}
	}
	p.enable()
	until, latest := time.Now().Add(patience), time.Now().Add(3*patience)
	for last := 0; ; {
		known := len(p.facts.Entries)
		if err := p.read(); err != nil {
			return err
		}
		left := p.left()
		if len(left) == 0 && len(p.facts.Entries) == known { // else what began may be in a journal that was read before
			break
		}
		if len(p.facts.Entries) > last && until.Before(latest) { // something still happens
			last, until = len(p.facts.Entries), time.Now().Add(patience)
		}
		if time.Now().After(until) {
			p.facts.Left = left
			break
		}
		p.unstick()
		<-time.After(10 * time.Millisecond)
	}
	p.clear()
	for _, proc := range p.procs {
		for _, crash := range proc.takeCrashes() {
			p.see(judge.Crash, "%s", crash)
		}
	}
	return nil
}

// unstick has bots dial again that say that they are stuck: what they could not keep comes again then, behind what has
// come since.
func (p *play) unstick() {
	if time.Since(p.looked) < time.Second {
		return
	}
	p.looked = time.Now()
	for _, bot := range p.bots[1:] {
		var status struct {
			Stuck *struct{} `json:"stuck"`
		}
		call(p.ctx, http.MethodGet, p.apiURL("/v1/bots/"+bot), nil, "", &status)
		if status.Stuck != nil {
			p.facts.Stuck = append(p.facts.Stuck, bot)
			call(p.ctx, http.MethodPost, p.apiURL("/v1/bots/"+bot+"/reconnect"), nil, "", nil)
		}
	}
}

// enable sees that what an operator disabled still is, and ends that.
func (p *play) enable() {
	for bot := range p.disabled {
		if state, cause := p.causeOf(bot); cause != byOperator {
			p.see(judge.Forgotten, "%s was disabled by an operator, and is %s (%s)", bot, state, cause)
		}
	}
	undo := map[schedule.Do]string{schedule.Disable: "enable", schedule.Sleep: "wake", schedule.Revoke: "reconnect"}
	for _, s := range p.facts.Schedule.Steps { // also for an order that nobody confirmed
		if order := undo[s.Do]; order != "" {
			p.insist(p.apiURL("/v1/bots/"+s.On+"/"+order), nil)
		}
	}
}

// byOperator is the cause of a bot that an operator disabled.
const byOperator = "operator"

// causeOf is how a bot is, and why: as soon as the daemon answers, or when a cluster's nodes have seen an operator's
// order, which each sees a little later.
func (p *play) causeOf(bot string) (state, cause string) {
	for until := time.Now().Add(patience); time.Now().Before(until); <-time.After(pause) {
		var status struct {
			Cause string `json:"cause"`
			State string `json:"state"`
		}
		code := call(p.ctx, http.MethodGet, p.apiURL("/v1/bots/"+bot), nil, "", &status)
		state, cause = status.State, status.Cause
		if code == http.StatusOK && (cause == byOperator || !p.opts.Cluster) {
			break
		}
	}
	return state, cause
}

// insist posts until the answer is a success, for as long as patience allows.
func (p *play) insist(url string, body any) {
	for until := time.Now().Add(patience); time.Now().Before(until); {
		if call(p.ctx, http.MethodPost, url, body, "", nil)/100 == 2 {
			return
		}
		<-time.After(pause)
	}
	p.see(judge.Hung, "nobody does POST %s", url)
}

// read takes what the journals have of this play.
func (p *play) read() error {
	for _, r := range p.readers {
		entries, err := r.Next()
		if err != nil {
			return err
		}
		for _, e := range entries {
			switch {
			case e.Kind == journal.Start && e.Who == "child":
				pid, _ := strconv.ParseInt(e.Detail, 10, 64)
				p.child.Store(pid)
			case e.Kind == journal.Sent:
				p.buffers[e.Detail] = e.ID
			case e.Kind == journal.Acked:
				e.ID = p.buffers[e.Detail]
			}
			id, own := strings.CutPrefix(e.ID, p.prefix)
			if own || e.Kind == journal.Start {
				e.ID = id
				p.facts.Entries = append(p.facts.Entries, e)
			}
		}
	}
	return nil
}

// left says what is not done yet.
func (p *play) left() []string {
	open := make(map[string]bool)
	for id := range p.facts.Injected {
		open[id] = true
	}
	asked := make(map[string]string)
	for _, e := range p.facts.Entries {
		switch e.Kind {
		case journal.OK, journal.Dead:
			delete(open, e.ID)
		case journal.Asked:
			asked[e.ID] = e.Who
		case journal.Answered:
			delete(asked, e.ID)
		case journal.Start:
			for id, who := range asked {
				if who == e.Who && who != "api" {
					delete(asked, id)
				}
			}
		}
	}
	if len(asked) > 0 {
		return []string{fmt.Sprintf("%d requests have no outcome", len(asked))}
	}
	left, setAside := p.connectorState(p.ctx)
	p.replay(setAside) // before what follows is judged: nobody handles what is set aside
	switch {
	case len(open) > 0 && !p.areLetters(open):
		return []string{fmt.Sprintf("%d deliveries are not handled", len(open))}
	case len(left) == 0 && len(setAside) > 0:
		return []string{"something is set aside"}
	}
	return left
}

// replay has the connector deliver what it has set aside of these bots.
func (p *play) replay(bots []string) {
	for _, bot := range bots {
		if !slices.Contains(p.facts.SetAside, bot) {
			p.facts.SetAside = append(p.facts.SetAside, bot)
		}
		call(p.ctx, http.MethodPost, p.connectorURL("/dev/set-aside/replay"), map[string]any{"gateway": bot, "all": true}, "", nil)
	}
}

// areLetters takes out what is a dead letter by now, and says whether that is all.
func (p *play) areLetters(open map[string]bool) bool {
	for id := range open {
		if id[0] == 'e' {
			return false
		}
	}
	deliveries, _, ok := p.letters(p.ctx)
	for _, id := range deliveries {
		delete(open, strings.TrimPrefix(id, p.prefix))
	}
	return ok && len(open) == 0
}

// clear notes the dead letters and discards them.
func (p *play) clear() {
	deliveries, ids, ok := p.letters(p.ctx)
	if !ok {
		p.see(judge.Hung, "the daemon does not list its dead letters")
		return
	}
	for i, id := range deliveries {
		if id, own := strings.CutPrefix(id, p.prefix); own {
			p.facts.Letters = append(p.facts.Letters, id)
		}
		if call(p.ctx, http.MethodPost, ids[i]+"/discard", nil, "", nil)/100 != 2 {
			p.see(judge.Letter, "dead letter %s cannot be discarded", ids[i])
		}
	}
}
