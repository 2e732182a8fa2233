package api

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// once carries an outcome of that size out under a key, and says whether it was.
func once(k *keys, key string, size int) (performed bool) {
	_, _, err := k.do(context.Background(), key, sha256.Sum256(nil), func() outcome {
		performed = true
		return outcome{body: make([]byte, size), settled: true}
	})
	return performed && err == nil
}

func TestAKeyIsForgottenAfterADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKeys(newJournal(nil, nil))
		once(k, "a", 1)
		time.Sleep(keyLife - time.Second)
		if once(k, "a", 1) {
			t.Error("forgotten too early")
		}
		time.Sleep(time.Second)
		if !once(k, "a", 1) {
			t.Error("remembered too long")
		}
	})
}

func TestTheKeyThatWasUsedLongestAgoMakesRoom(t *testing.T) {
	k := newKeys(newJournal(nil, nil))
	for i := range maxKeys {
		once(k, fmt.Sprint(i), 1)
	}
	once(k, "0", 1)
	once(k, "one more", 1)
	if once(k, "0", 1) || !once(k, "1", 1) || k.done.Len() != maxKeys {
		t.Errorf("%d keys are remembered", k.done.Len())
	}
}

func TestOutcomesAreBoundedInBytes(t *testing.T) {
	k := newKeys(newJournal(nil, nil))
	for i := range 20 {
		once(k, fmt.Sprint(i), maxKeyBytes/10)
	}
	if k.bytes > maxKeyBytes || k.done.Len() != 10 || once(k, "19", 1) {
		t.Errorf("%d keys with %d bytes are remembered", k.done.Len(), k.bytes)
	}
	once(k, "huge", maxKeyBytes+1)
	if k.bytes != 0 || k.done.Len() != 0 {
		t.Errorf("%d keys with %d bytes are remembered", k.done.Len(), k.bytes)
	}
}

func TestAWaitForAnothersAttemptEndsWithTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, release := newKeys(newJournal(nil, nil)), make(chan struct{})
		go func() {
			_, _, _ = k.do(context.Background(), "a", sha256.Sum256(nil), func() outcome { <-release; return outcome{} })
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if _, _, err := k.do(ctx, "a", sha256.Sum256(nil), nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
		close(release)
	})
}

func TestAnAttemptThatPanicsIsAProblemToThoseWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, release := newKeys(newJournal(nil, nil)), make(chan struct{})
		go func() {
			defer func() { _ = recover() }()
			_, _, _ = k.do(context.Background(), "a", sha256.Sum256(nil), func() outcome { <-release; panic("bug") })
		}()
		synctest.Wait()
		go close(release)
		o, _, err := k.do(context.Background(), "a", sha256.Sum256(nil), nil)
		if err != nil || o.problem == nil || !once(k, "a", 1) {
			t.Errorf("outcome is %+v, %v", o, err)
		}
	})
}
