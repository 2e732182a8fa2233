//go:build cluster

package registry_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"hermod/cluster/etcdtest"
	"hermod/cluster/registry"
)

func open(t *testing.T, e *etcdtest.Etcd) *registry.Store {
	t.Helper()
	s, err := registry.Open(registry.Config{Endpoints: []string{e.Endpoint}, User: "hermod", Password: etcdtest.Password,
		TLS: &e.Client, Cluster: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func limited(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func join(t *testing.T, s *registry.Store, node string, ttl time.Duration) int64 {
	t.Helper()
	lease, _, err := s.Join(limited(t), node, registry.Member{Address: node + ":1"}, ttl)
	if err != nil {
		t.Fatal(err)
	}
	return lease
}

func TestAClaimIsOneNodesAndComesAgainWhenItsAnswerWasLost(t *testing.T) {
	t.Parallel() // each has an etcd of its own
	s := open(t, etcdtest.Start(t))
	ctx := limited(t)
	a, b := join(t, s, "a", 10*time.Second), join(t, s, "b", 10*time.Second)
	epoch, held, err := s.Claim(ctx, "a", "bot", a)
	if err != nil || !held || epoch == 0 {
		t.Fatalf("epoch %d, held %v, error %v", epoch, held, err)
	}
	if again, held, err := s.Claim(ctx, "a", "bot", a); again != epoch || !held || err != nil {
		t.Errorf("asked again: epoch %d, held %v, error %v", again, held, err)
	}
	if _, held, err := s.Claim(ctx, "b", "bot", b); held || err != nil {
		t.Errorf("the other node: held %v, error %v", held, err)
	}
	if _, err := s.Release(ctx, "bot", epoch-1); err != nil {
		t.Fatal(err)
	}
	if _, held, _ := s.Claim(ctx, "b", "bot", b); held {
		t.Error("releasing an earlier epoch gave the bot away")
	}
	if _, err := s.Release(ctx, "bot", epoch); err != nil {
		t.Fatal(err)
	}
	if next, held, err := s.Claim(ctx, "b", "bot", b); !held || next <= epoch || err != nil {
		t.Errorf("after the release: epoch %d after %d, held %v, error %v", next, epoch, held, err)
	}
}

func TestANodesNameIsTakenUntilItsLeaseEnds(t *testing.T) {
	t.Parallel() // each has an etcd of its own
	s := open(t, etcdtest.Start(t))
	ctx := limited(t)
	lease := join(t, s, "a", 10*time.Second)
	if _, _, err := s.Join(ctx, "a", registry.Member{}, 10*time.Second); !errors.Is(err, registry.ErrNameTaken) {
		t.Errorf("error is %v", err)
	}
	s.Revoke(ctx, lease)
	if err := s.Renew(ctx, lease); !errors.Is(err, registry.ErrLeaseGone) {
		t.Errorf("error of renewing is %v", err)
	}
	if err := s.Update(ctx, "a", registry.Member{}, lease); !errors.Is(err, registry.ErrLeaseGone) {
		t.Errorf("error of updating is %v", err)
	}
	if _, held, err := s.Claim(ctx, "a", "bot", lease); held || err != nil {
		t.Errorf("a claim under the lease that ended: held %v, error %v", held, err)
	}
	if _, _, err := s.Join(ctx, "a", registry.Member{}, 10*time.Second); err != nil {
		t.Errorf("error after the lease ended is %v", err)
	}
}

func TestAWatchSeesWhatComesGoesAndExpiresAcrossARestartOfEtcd(t *testing.T) {
	t.Parallel() // each has an etcd of its own
	e := etcdtest.Start(t)
	s := open(t, e)
	ctx, cancel := context.WithCancel(limited(t))
	defer cancel()
	views := make(chan *registry.View, 100)
	go s.Watch(ctx, func(v *registry.View) { views <- v }, nil)
	until := func(what string, wanted func(*registry.View) bool) {
		t.Helper()
		for {
			select {
			case v := <-views:
				if wanted(v) {
					return
				}
			case <-ctx.Done():
				t.Fatalf("no view with %s", what)
			}
		}
	}
	if err := s.Apply(ctx, []registry.Change{{Bot: "bot", JSON: `{"name":"bot"}`}}); err != nil {
		t.Fatal(err)
	}
	until("the bot", func(v *registry.View) bool { return v.Bots["bot"].JSON != "" })
	lease := join(t, s, "a", 3*time.Second)
	epoch, _, err := s.Claim(ctx, "a", "bot", lease)
	if err != nil {
		t.Fatal(err)
	}
	until("its owner", func(v *registry.View) bool {
		node, m, found, ok := v.Owner("bot")
		return ok && node == "a" && m.Address == "a:1" && found == epoch
	})
	e.Down()
	e.Up()
	for s.SetDrain(ctx, "a", true) != nil && ctx.Err() == nil {
	}
	until("the drain, without the owner, whose lease has ended", func(v *registry.View) bool {
		_, _, _, owned := v.Owner("bot")
		return v.Drain["a"] && !owned
	})
}

func TestAPlanThatSomebodyElseOvertookChangesNothing(t *testing.T) {
	t.Parallel() // each has an etcd of its own
	s := open(t, etcdtest.Start(t))
	ctx := limited(t)
	v, err := s.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	added, _, _ := registry.Plan(v, map[string]string{"a": "{}", "b": "{}"})
	if err := s.Apply(ctx, added); err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(ctx, added); err == nil {
		t.Error("a plan for bots that were not there was carried out over those that are")
	}
	v, _ = s.Read(ctx)
	added, changed, removed := registry.Plan(v, map[string]string{"b": `{"x":1}`, "c": "{}"})
	if len(added) != 1 || len(changed) != 1 || len(removed) != 1 {
		t.Errorf("added %v, changed %v, removed %v", added, changed, removed)
	}
	for _, some := range [][]registry.Change{added, changed, removed} {
		if err := s.Apply(ctx, some); err != nil {
			t.Error(err)
		}
	}
	if v, _ = s.Read(ctx); len(v.Bots) != 2 || v.Bots["b"].JSON != `{"x":1}` {
		t.Errorf("the bots are %v", v.Bots)
	}
}

func TestEtcdLetsNobodyInWithoutCertificateAndPassword(t *testing.T) {
	t.Parallel() // each has an etcd of its own
	e := etcdtest.Start(t)
	foreign := etcdtest.NewAuthority(t).Issue("stranger")
	foreign.CA = e.Client.CA
	for name, cfg := range map[string]registry.Config{
		"wrong password":    {User: "hermod", Password: "wrong", TLS: &e.Client},
		"no user":           {TLS: &e.Client},
		"foreign authority": {User: "hermod", Password: etcdtest.Password, TLS: &foreign},
		"no TLS":            {User: "hermod", Password: etcdtest.Password},
	} {
		cfg.Endpoints, cfg.Cluster = []string{e.Endpoint}, "test"
		s, err := registry.Open(cfg)
		if err == nil {
			ctx, cancel := context.WithTimeout(limited(t), 3*time.Second)
			_, err = s.Read(ctx)
			cancel()
			_ = s.Close()
		}
		if err == nil {
			t.Errorf("%s: the state can be read", name)
		} else {
			t.Logf("%s: %v", name, err)
		}
	}
}

// A member of etcd that starts anew says for a moment that it knows of no users, and a client that asks it for a token
// then has none for good.
func TestAStoreThatHasNoTokenForGoodEndsItsWatchSoThatAnotherIsOpened(t *testing.T) {
	t.Parallel()
	e := etcdtest.Start(t)
	root, ctx := e.Root(), limited(t)
	defer func() { _ = root.Close() }()
	if _, err := root.AuthDisable(ctx); err != nil {
		t.Fatal(err)
	}
	s := open(t, e)
	if _, err := s.Read(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := root.AuthEnable(ctx); err != nil {
		t.Fatal(err)
	}
	told := 0
	s.Watch(ctx, func(*registry.View) {}, func(error) { told++ })
	if ctx.Err() != nil || told != 1 {
		t.Errorf("%v; the failure was told %d times", ctx.Err(), told)
	}
	if _, err := open(t, e).Read(ctx); err != nil {
		t.Errorf("another store: %v", err)
	}
}
