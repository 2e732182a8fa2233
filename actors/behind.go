package actors

import "hermod/actors/internal/mailbox"

// gathering is the mailbox of an actor that gathers what others tell it. Senders who have nothing better to do lend it
// their goroutine: then no other has to be woken. Else it runs behind them.
type gathering = mailbox.Mailbox[sender]

// sender stands for whoever lends an actor his goroutine.
type sender struct{}

var aSender = new(sender)

// lends is embedded by messages whose sender always lends his goroutine.
type lends struct{}

// Lender implements mailbox.Lending.
func (lends) Lender() *sender { return aSender }

func newGathering() *gathering { return mailbox.New[sender](behind) }

// behind runs f behind everything that is ready on this processor. So those who are about to tell an actor something
// do, and it takes all of that at once. Other than a yield it does not wait for goroutines that every processor may
// run, such as those that compute for long. The processor runs next what was started last, and last what that replaces.
func behind(f func()) {
	go f()
	go nothing()
}

func nothing() {}
