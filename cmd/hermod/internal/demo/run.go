package demo

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Run shows the demo on out until its end, or until ctx or a signal ends it early: live if out is a terminal, else line
// by line. With hold it goes on until then. The error says why it could not run, or which line of the account does not
// balance.
func Run(ctx context.Context, out io.Writer, hold bool) error {
	plan := standardPlan()
	plan.hold = hold
	return watch(ctx, plan, newView(out))
}

// watch runs the demo until its end, or until a signal asks for an early one. From then on signals do what they
// always do, so a second one ends the process.
func watch(ctx context.Context, plan plan, view view) error {
	ctx, restore := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer restore()
	view.open()
	defer view.release()
	early := context.AfterFunc(ctx, func() {
		view.release()
		restore()
	})
	defer early()

	d, err := newDemo(plan)
	if err != nil {
		return err
	}
	return d.run(ctx, view)
}
