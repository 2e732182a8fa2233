package deliver

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// slowly takes 20 s at hosts that are called slow.
func slowly(_ http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.Host, "slow") {
		time.Sleep(20 * time.Second)
	}
}

// flood has so many slow receivers get so many events each.
func (c *crowd) flood(receivers, chats int) (wait func()) {
	var deliveries sync.WaitGroup
	for n := range receivers {
		bot := c.bot(fmt.Sprint("slow-", n), "/", 30*time.Second, time.Hour)
		for i := range chats {
			deliveries.Go(func() {
				if err := bot.Inbound(background, inbound(c.t, fmt.Sprint(i), "7", 1)); err != nil {
					c.t.Error(err)
				}
			})
		}
	}
	synctest.Wait()
	return deliveries.Wait
}

func TestManySlowReceiversDoNotSlowAQuickOne(t *testing.T) {
	for _, slow := range []int{4, 8, 15, 40} {
		t.Run(fmt.Sprint(slow), func(t *testing.T) {
			withCrowd(t, slowly, func(c *crowd) {
				quick := c.bot("quick", "/", 30*time.Second, 0)
				must(t, quick.Inbound(background, inbound(t, "first", "7", 1)))
				wait := c.flood(slow, 20)
				for i := range 120 {
					began := time.Now()
					must(t, quick.Inbound(background, inbound(t, fmt.Sprint(i), "7", 1)))
					if took := time.Since(began); took != 0 {
						t.Errorf("event %d took %v", i, took)
					}
					time.Sleep(time.Second)
				}
				wait()
			})
		})
	}
}

func TestFourSlowReceiversLeaveRoomForOneThatNobodyKnows(t *testing.T) {
	withCrowd(t, slowly, func(c *crowd) {
		wait := c.flood(4, 20)
		time.Sleep(time.Minute)
		began := time.Now()
		must(t, c.bot("new", "/", 30*time.Second, 0).Inbound(background, inbound(t, "m", "7", 1)))
		if took := time.Since(began); took != 0 {
			t.Errorf("it took %v", took)
		}
		wait()
	})
}

// What a receiver had before others came it gives back as its posts end.
func TestReceiversShareThePostsEvenly(t *testing.T) {
	withCrowd(t, slowly, func(c *crowd) {
		wait := c.flood(7, 40)
		time.Sleep(time.Minute)
		c.poster.gate.mu.Lock()
		for name, at := range c.poster.receivers.byOrigin {
			if n := at.line.running.Len(); n != fewPosts/8 {
				t.Errorf("%s has %d posts", name, n)
			}
		}
		c.poster.gate.mu.Unlock()
		wait()
	})
}

func TestAReceiverThatTurnsSlowLosesThePartOfTheQuick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, turned, quick := newGate(16), &line{quick: true}, &line{quick: true}
		var slow [14]line
		for i := range slow {
			_, err := g.enter(background, &slow[i])
			must(t, err)
		}
		_, err := g.enter(background, turned)
		must(t, err)
		late, cancel := context.WithTimeout(background, quickAnswer)
		defer cancel()
		time.Sleep(quickAnswer + 1)
		if _, err := g.enter(late, turned); err == nil {
			t.Error("it got another post of the quick part")
		}
		leave, err := g.enter(background, quick)
		must(t, err)
		leave(unanswered)
		if quick.quick {
			t.Error("one that did not answer counts as quick")
		}
	})
}
