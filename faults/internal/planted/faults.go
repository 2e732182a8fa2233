package planted

// Fault is an edit that breaks the product.
type Fault struct {
	// Name says what is broken.
	Name string
	// File is the edited one, from the root of the repository. Old stands there exactly once; New takes its place.
	File, Old, New string
}

// Faults are all that are planted.
var Faults = []Fault{
	{
		Name: "acknowledged before the handler runs",
		File: "actors/inbox_lane.go",
		Old:  "\tb.beginRun(l, run[:len(run):len(run)])",
		New:  "\tfor _, d := range run {\n\t\tb.ack(d)\n\t}\n\tb.beginRun(l, run[:len(run):len(run)])",
	},
	{
		Name: "duplicates are not recognised",
		File: "actors/inbox_dedupe.go",
		Old:  "if _, handled = d.handled.Get(key); handled {",
		New:  "if d.handled.Contains(key) && false {",
	},
	{
		Name: "an acknowledgement goes over whichever connection is open",
		File: "actors/inbox.go",
		Old:  "b.writer != nil && d.in.Generation == b.generation {",
		New:  "b.writer != nil {",
	},
	{
		Name: "a copy does not wait for the verdict on the first",
		File: "actors/inbox.go",
		Old:  "\t\tcase original != nil:\n",
		New:  "\t\tcase original != nil && false:\n",
	},
	{
		Name: "a handler that fails counts as one that succeeds",
		File: "actors/inbox_run.go",
		Old:  "if r.err = relay.cfg.handle(ctx, d); r.err != nil {",
		New:  "if _, r.err = relay.cfg.handle(ctx, d), nil; r.err != nil {",
	},
	{
		Name: "a handler that panics counts as one that succeeds",
		File: "actors/errors.go",
		Old:  "err = &PanicError{",
		New:  "_ = &PanicError{",
	},
	{
		Name: "events of a session are handled side by side",
		File: "actors/inbox_decode.go",
		Old:  "d.lanes.add(d.key, delivery)",
		New:  "d.lanes.add(append(d.key, delivery.in.BufferID...), delivery)",
	},
	{
		Name: "a dead letter is not acknowledged",
		File: "actors/inbox_deadletter.go",
		Old:  "\t\tb.counters.DeadLettered.Add(1)\n\t\tb.close(d)",
		New:  "\t\tb.counters.DeadLettered.Add(1)\n\t\tb.dedupe.end(d, true, b.cfg.DedupeKeys)\n\t\tb.unqueue(d)",
	},
	{
		Name: "requests have no deadline",
		File: "actors/registry.go",
		Old:  "\tr.ticking = false\n\tfor w := r.first()",
		New:  "\tr.ticking = false\n\tnow = now.Add(-time.Hour)\n\tfor w := r.first()",
	},
	{
		Name: "a request of a lost connection counts as not sent",
		File: "actors/registry.go",
		Old:  "r.settle(w, (&SendError{Reason: ErrConnectionLost, Ambiguous: true}).outcome())",
		New:  "r.settle(w, (&SendError{Reason: ErrConnectionLost}).outcome())",
	},
	{
		Name: "a request without an answer counts as not sent",
		File: "actors/registry.go",
		Old:  "r.settle(w, (&SendError{Reason: ErrTimeout, Ambiguous: true}).outcome())",
		New:  "r.settle(w, (&SendError{Reason: ErrTimeout}).outcome())",
	},
	{
		Name: "the last request that was written counts as not sent",
		File: "actors/registry.go",
		Old:  "if w.sequence <= m.written {",
		New:  "if w.sequence < m.written {",
	},
	{
		Name: "half-open connections are not noticed",
		File: "actors/pinger.go",
		Old:  "case now-sent >= int64(cfg.PongTimeout):",
		New:  "case now-sent >= int64(time.Hour):",
	},
	{
		Name: "a link that is closed with 1011 is not dialled again",
		File: "supervisor/policy.go",
		Old:  "\tif p.NoReconnect {\n\t\treturn Verdict{Outcome: Fail, Auth",
		New: "\tvar closed *wire.CloseError\n\tif p.NoReconnect || errors.As(f.Err, &closed) && closed.Code == 1011 {\n" +
			"\t\treturn Verdict{Outcome: Fail, Auth",
	},
	{
		Name: "the buffer is not synced to the disk",
		File: "connector/store.go",
		Old:  "Timeout: time.Second, NoFreelistSync: true,",
		New:  "Timeout: time.Second, NoFreelistSync: true, NoSync: true,",
	},
	{
		Name: "a delivery is acknowledged before it is kept",
		File: "connector/gateway.go",
		Old:  "\t\terr = <-stored\n",
		New:  "\t\tgo func() { <-stored }()\n",
	},
	{
		Name: "what a session had is not sent to the next one",
		File: "connector/backlog.go",
		Old:  "func (b *backlog) recall() {\n",
		New:  "func (b *backlog) recall() {\n\tif b.inFlight > 0 {\n\t\treturn\n\t}\n",
	},
	{
		Name: "a session that does not answer keeps its place",
		File: "connector/takeover.go",
		Old:  "\tif s.answers() {",
		New:  "\tif s.answers() || true {",
	},
	{
		Name: "a webhook that is refused counts as taken",
		File: "cmd/hermod/internal/deliver/post.go",
		Old:  "case response.StatusCode/100 == 2:",
		New:  "case response.StatusCode/100 <= 4:",
	},
	{
		Name: "an event counts as handled when the subprocess has it",
		File: "cmd/hermod/internal/deliver/child.go",
		Old:  "return c.session.Deliver(ctx, bufferID, line)",
		New:  "return c.session.Put(ctx, line)",
	},
	{
		Name: "an event counts as handled when the stream has it",
		File: "cmd/hermod/internal/deliver/stream.go",
		Old:  "\ts.add(it)\n\tselect {\n",
		New:  "\ts.add(it)\n\tselect {\n\tdefault:\n\t\treturn nil\n",
	},
	{
		Name: "dead letters are not kept",
		File: "cmd/hermod/internal/store/letters.go",
		Old:  "\t\tc.figures.Kept++\n\t\treturn c.put(&merged)",
		New:  "\t\tc.figures.Kept++\n\t\treturn nil",
	},
	{
		Name: "dead letters age by the wall clock",
		File: "cmd/hermod/internal/store/bounds.go",
		Old:  "c.age-l.age > c.limits.MaxAge",
		New:  "time.Since(l.Last) > c.limits.MaxAge",
	},
	{
		Name: "that a bot was disabled is not written down",
		File: "cmd/hermod/internal/store/disabled.go",
		Old:  "err = bucket.Put([]byte(bot), nil)",
		New:  "err = bucket.Delete([]byte(bot))",
	},
	{
		Name: "idempotency keys are forgotten",
		File: "cmd/hermod/internal/api/idempotency.go",
		Old:  "known && time.Now().Before(a.expires)",
		New:  "known && time.Now().After(a.expires)",
	},
}
