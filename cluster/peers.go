package cluster

import (
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	framework "github.com/asynkron/protoactor-go/cluster"
	"github.com/asynkron/protoactor-go/remote"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"

	"hermod/cluster/registry"
)

const (
	// MaxBody bounds a request and an answer between nodes, in bytes.
	MaxBody = 2 << 20
	// maxBatch is how many messages the framework may put into one of gRPC's, which has a bound of its own.
	maxBatch   = 16
	maxMessage = maxBatch*MaxBody + 1<<20
	// redial is the longest pause between two dials of a node that does not answer.
	redial = time.Second
)

// listen starts what reaches the other nodes. The framework panics where it cannot listen.
func (n *Node) listen() (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("listen for other nodes at %s: %v", n.cfg.Listen, reason)
		}
	}()
	host, portText, err := net.SplitHostPort(n.cfg.Listen)
	if err != nil {
		return err
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return fmt.Errorf("listen for other nodes at %s: the port is no number", n.cfg.Listen)
	}
	quiet := func(*actor.ActorSystem) *slog.Logger { return slog.New(atLeastErrors{n.cfg.Logger.Handler()}) }
	system := actor.NewActorSystem(actor.WithLoggerFactory(quiet))
	cfg := framework.Configure(n.cfg.Etcd.Cluster, &provider{}, &lookup{node: n},
		remote.Configure(host, port, n.remoting()...), framework.WithKinds(grainKind(n)))
	cfg.GossipInterval, cfg.HeartbeatExpiration = time.Minute, 0 // membership is etcd's
	n.peers = framework.New(system, cfg)
	n.peers.StartMember()
	n.at = system.Address()
	return nil
}

func (n *Node) remoting() []remote.ConfigOption {
	dial, serve := n.transport()
	options := []remote.ConfigOption{remote.WithDialOptions(dial...), remote.WithServerOptions(serve...),
		remote.WithEndpointWriterBatchSize(maxBatch)}
	if n.cfg.Advertise != "" {
		options = append(options, remote.WithAdvertisedHost(n.cfg.Advertise))
	}
	return options
}

// transport is how both sides of a connection between nodes behave.
func (n *Node) transport() (dial []grpc.DialOption, serve []grpc.ServerOption) {
	dial = []grpc.DialOption{grpc.WithConnectParams(grpc.ConnectParams{MinConnectTimeout: redial,
		Backoff: backoff.Config{BaseDelay: redial / 10, Multiplier: 1.6, MaxDelay: redial, Jitter: 0.2}}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage))}
	serve = append(alive(), grpc.MaxRecvMsgSize(maxMessage), grpc.UnknownServiceHandler(n.answerNode))
	if n.cfg.TLS == nil {
		dial = append(dial, grpc.WithTransportCredentials(insecure.NewCredentials()))
	} else {
		dial = append(dial, grpc.WithTransportCredentials(n.cfg.TLS.Credentials()))
		serve = append(serve, grpc.Creds(n.cfg.TLS.Credentials()))
	}
	return dial, serve
}

// hangUp ends what reaches the other nodes.
func (n *Node) hangUp() {
	n.links.close()
	n.peers.Gossip.Shutdown()
	n.peers.Shutdown(false)
}

// introduce tells the framework who is there. A membership is another member than the one before, since the framework
// lets none come back.
func (n *Node) introduce(v *registry.View) {
	var members framework.Members
	for node, m := range v.Members {
		host, portText, err := net.SplitHostPort(m.Address)
		port, notNumber := strconv.ParseInt(portText, 10, 32)
		if err != nil || notNumber != nil {
			continue
		}
		members = append(members, &framework.Member{Id: fmt.Sprintf("%s/%x", node, m.Lease), Host: host, Port: int32(port),
			Kinds: []string{kind}})
	}
	n.peers.MemberList.UpdateClusterTopology(members)
}

// provider implements the framework's ClusterProvider. Membership comes from the keeper, which tells the framework.
type provider struct{}

// StartMember implements framework.ClusterProvider.
func (*provider) StartMember(*framework.Cluster) error { return nil }

// StartClient implements framework.ClusterProvider.
func (*provider) StartClient(*framework.Cluster) error { return nil }

// Shutdown implements framework.ClusterProvider.
func (*provider) Shutdown(bool) error { return nil }

// lookup implements the framework's IdentityLookup: a bot is where its claim says.
type lookup struct{ node *Node }

// Get implements framework.IdentityLookup. It is nil when nobody runs the bot.
func (l *lookup) Get(id *framework.ClusterIdentity) *actor.PID {
	v := l.node.View()
	if id.Kind != kind || v == nil {
		return nil
	}
	_, owner, epoch, ok := v.Owner(id.Identity)
	if !ok {
		return nil
	}
	return actor.NewPID(owner.Address, idOf(id.Identity, epoch))
}

// RemovePid implements framework.IdentityLookup. Only the claim says where a bot is.
func (*lookup) RemovePid(*framework.ClusterIdentity, *actor.PID) {}

// Setup implements framework.IdentityLookup.
func (*lookup) Setup(*framework.Cluster, []string, bool) {}

// Shutdown implements framework.IdentityLookup.
func (*lookup) Shutdown() {}

// start begins a bot's grain.
func (k *keeper) start(bot string, epoch int64) {
	wanted := k.seen.Bots[bot]
	props := framework.WithClusterIdentity(k.peers.GetClusterKind(kind).Props, framework.NewClusterIdentity(bot, kind))
	pid, err := k.peers.ActorSystem.Root.SpawnNamed(props, idOf(bot, epoch))
	if err != nil { // an epoch comes once
		k.cfg.Logger.Error("a bot cannot start", "bot", bot, "epoch", epoch, "err", err)
		k.core.Stopped(bot, epoch)
		return
	}
	k.cfg.Logger.Debug("owns the bot", "bot", bot, "epoch", epoch)
	k.grains[bot] = &seat{pid: pid, epoch: epoch, revision: wanted.Revision}
	k.peers.ActorSystem.Root.Send(pid, &begin{grant: Grant{Bot: bot, Epoch: epoch,
		Desired: Desired{JSON: wanted.JSON, Revision: wanted.Revision}}})
}

// order tells a bot's grain something, if there is one.
func (k *keeper) order(bot string, what any) {
	if s := k.grains[bot]; s != nil {
		k.peers.ActorSystem.Root.Send(s.pid, what)
	}
}

// ended says that nothing of a bot runs here any more.
func (k *keeper) ended(bot string, epoch int64) {
	if s := k.grains[bot]; s != nil && s.epoch == epoch {
		delete(k.grains, bot)
	}
	k.cfg.Logger.Debug("the bot has ended here", "bot", bot, "epoch", epoch)
	k.dirty = true
	k.core.Stopped(bot, epoch)
}
