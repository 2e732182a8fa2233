package registry

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	json "github.com/goccy/go-json"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"

	"hermod/cluster/mutual"
)

// Errors that errors.Is finds in what this package returns.
var (
	// ErrLeaseGone: etcd has answered that there is no such lease.
	ErrLeaseGone = errors.New("the lease has ended")
	// ErrNameTaken: a node of this name is a member. After a crash that is the node's own predecessor, until its lease
	// ends.
	ErrNameTaken = errors.New("a node of this name is a member already")
)

// dialTimeout bounds the wait for a connection to one etcd.
const dialTimeout = 5 * time.Second

// Config says where etcd is. It is not changed by Open.
type Config struct {
	// Endpoints are HOST:PORT, at least one.
	Endpoints []string
	// User and Password authenticate, if User is not "".
	User, Password string
	// TLS secures the connections; nil is plain TCP, for etcd on the same machine.
	TLS *mutual.Files
	// Cluster separates clusters that share an etcd: letters, digits, '.', '_' and '-'.
	Cluster string
}

// Store is a cluster's part of an etcd. Its methods may be called from any goroutine. Each error may leave open whether
// what was asked for was done, unless it is one of this package.
type Store struct {
	client *clientv3.Client
	prefix string
	keys   *Keys
	idle   chan *keepAlive // see Renew
}

// Open returns a store that connects when it is first used. Close it.
func Open(cfg Config) (*Store, error) {
	settings := clientv3.Config{Endpoints: cfg.Endpoints, DialTimeout: dialTimeout, Username: cfg.User,
		Password: cfg.Password, Logger: zap.NewNop(), DialKeepAliveTime: dialTimeout, DialKeepAliveTimeout: dialTimeout}
	if cfg.TLS != nil {
		settings.DialOptions = append(settings.DialOptions, grpc.WithTransportCredentials(cfg.TLS.Credentials()))
	}
	client, err := clientv3.New(settings)
	if err != nil {
		return nil, fmt.Errorf("connect to etcd at %s: %w", strings.Join(cfg.Endpoints, ", "), err)
	}
	s := &Store{client: client, prefix: "/hermod/" + cfg.Cluster + "/", idle: make(chan *keepAlive, maxIdle)}
	s.keys = &Keys{store: s, limit: MaxKeyBytes, turn: make(chan struct{}, 1)}
	return s, nil
}

// Close ends the connections.
func (s *Store) Close() error { return s.client.Close() }

func (s *Store) key(kind, name string) string { return s.prefix + kind + "/" + name }

// Kinds of keys.
const (
	members  = "members"
	claims   = "claims"
	bots     = "bots"
	disabled = "disabled"
	drain    = "drain"
	loads    = "loads"
	left     = "left"
)

// Member is what a node tells of itself.
type Member struct {
	// Address is where other nodes reach it, HOST:PORT.
	Address string `json:"address"`
	// Version is the program's.
	Version string `json:"version,omitempty"`
	// Schema is the newest version of the messages between nodes that it understands.
	Schema int `json:"schema"`
	// Oldest is the oldest version that it still speaks; 0, from a program that does not tell, is the first.
	Oldest int `json:"oldest_schema,omitempty"`
	// Capacity is how much the node can carry beside others; 0 is a program that does not know of it.
	Capacity int `json:"capacity,omitempty"`
	// Lacks are bots that it cannot run.
	Lacks []string `json:"lacks,omitempty"`
	// Lease is what the record hangs on.
	Lease int64 `json:"-"`
}

// Join makes a node a member under a new lease, which it returns. returned says that it took the place of a predecessor
// that had parked its own, whose claims have ended with this. The error may be ErrNameTaken.
func (s *Store) Join(ctx context.Context, node string, m Member, ttl time.Duration) (lease int64, returned bool,
	err error) {
	granted, err := s.client.Grant(ctx, int64(ttl/time.Second))
	if err != nil {
		return 0, false, fmt.Errorf("ask etcd for a lease: %w", err)
	}
	if time.Duration(granted.TTL)*time.Second != ttl {
		s.Revoke(ctx, int64(granted.ID))
		return 0, false, fmt.Errorf("etcd grants a lease of %d s only, not of %v: choose a longer lease", granted.TTL, ttl)
	}
	key, value := s.key(members, node), encode(m)
	done, err := s.client.Txn(ctx).If(clientv3.Compare(clientv3.CreateRevision(key), "=", 0)).
		Then(clientv3.OpPut(key, value, clientv3.WithLease(granted.ID))).Commit()
	if err == nil && !done.Succeeded {
		err = s.succeed(ctx, node, value, granted.ID)
		returned = err == nil
	}
	if err != nil {
		s.Revoke(ctx, int64(granted.ID))
		return 0, false, fmt.Errorf("become a member: %w", err)
	}
	return int64(granted.ID), returned, nil
}

// Update changes what a member tells of itself, as long as it is one under this lease.
func (s *Store) Update(ctx context.Context, node string, m Member, lease int64) error {
	key, value := s.key(members, node), encode(m)
	done, err := s.client.Txn(ctx).If(clientv3.Compare(clientv3.LeaseValue(key), "=", lease)).
		Then(clientv3.OpPut(key, value, clientv3.WithLease(clientv3.LeaseID(lease)))).Commit()
	if err == nil && !done.Succeeded {
		err = ErrLeaseGone
	}
	if err != nil {
		return fmt.Errorf("tell the cluster of this node: %w", err)
	}
	return nil
}

// Revoke ends a lease with all that hangs on it. If that fails the lease ends by itself.
func (s *Store) Revoke(ctx context.Context, lease int64) {
	_, _ = s.client.Revoke(ctx, clientv3.LeaseID(lease))
}

// Claim takes a bot for a node under its lease, if nobody has it, and returns the epoch. held is false when somebody
// else has it. A claim that stands already under this lease is the same claim, whose answer was lost.
func (s *Store) Claim(ctx context.Context, node, bot string, lease int64) (epoch int64, held bool, err error) {
	key := s.key(claims, bot)
	done, err := s.client.Txn(ctx).
		If(clientv3.Compare(clientv3.CreateRevision(key), "=", 0),
			clientv3.Compare(clientv3.LeaseValue(s.key(members, node)), "=", lease)).
		Then(clientv3.OpPut(key, node, clientv3.WithLease(clientv3.LeaseID(lease)))).
		Else(clientv3.OpGet(key)).Commit()
	if err != nil {
		return 0, false, fmt.Errorf("claim %s: %w", bot, err)
	}
	if done.Succeeded {
		return done.Header.Revision, true, nil
	}
	for _, found := range done.Responses[0].GetResponseRange().Kvs {
		if found.Lease == lease {
			return found.CreateRevision, true, nil
		}
	}
	return 0, false, nil
}

// Release gives a claim of that epoch back, and returns a revision at which it is gone. One that is gone, or another
// one in its place, stays as it is.
func (s *Store) Release(ctx context.Context, bot string, epoch int64) (int64, error) {
	key := s.key(claims, bot)
	answer, err := s.client.Txn(ctx).If(clientv3.Compare(clientv3.CreateRevision(key), "=", epoch)).
		Then(clientv3.OpDelete(key)).Commit()
	if err != nil {
		return 0, fmt.Errorf("give %s back: %w", bot, err)
	}
	return answer.Header.Revision, nil
}

func encode(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // only types of this package come here
	}
	return string(text)
}
