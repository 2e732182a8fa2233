package daemon

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"hermod/cluster"
	"hermod/cmd/hermod/internal/clustered"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
)

// part is the daemon's part in a cluster. Its fields belong to Run's goroutine.
type part struct {
	node *cluster.Node
	host *clustered.Host
	// everywhere is what the whole cluster runs.
	everywhere *clustered.Everywhere
	// carrier takes gateways to the nodes of their bots.
	carrier *clustered.Carrier
	takes   chan take
	files   map[string]config.Sum // of this node's bots
	end     context.CancelFunc
	done    chan error // of the node
}

// take is what the node is to run from now on. The channel takes one answer.
type take struct {
	bots  []*config.Bot
	files map[string]config.Sum
	reply chan<- error
}

// newPart makes the daemon a node, which joins once it serves.
func (d *Daemon) newPart() (*part, error) {
	cfg, err := clustered.Load(d.opts.Cluster, d.environ)
	if err != nil {
		return nil, err
	}
	folder, err := filepath.Abs(filepath.Dir(d.opts.Path))
	if err != nil {
		return nil, fmt.Errorf("find the configuration's folder: %w", err)
	}
	p := &part{takes: make(chan take), done: make(chan error, 1), carrier: clustered.NewCarrier(d.log)}
	ended := make(chan struct{})
	p.host = clustered.New(clustered.Options{Folder: folder, Environ: d.opts.Environ, Logger: d.log,
		Apply: func(bots []*config.Bot, files map[string]config.Sum) error {
			reply := make(chan error, 1)
			select {
			case p.takes <- take{bots: bots, files: files, reply: reply}:
				return <-reply
			case <-ended:
				return fleet.ErrClosed
			}
		}})
	cfg.Host, cfg.Answer, cfg.Logger, cfg.Version = p.host, p.host.Answer, d.log, d.opts.Version
	cfg.Carried = p.carrier.TakeCarried
	if p.node, err = cluster.New(cfg.Config); err != nil {
		return nil, err
	}
	p.carrier.Node = p.node
	p.everywhere = &clustered.Everywhere{Node: p.node, Host: p.host, Cluster: cfg.Etcd.Cluster}
	if !cfg.KeepDeadLetters {
		d.ways.StayUpstream()
	}
	ctx, cancel := context.WithCancel(context.Background())
	p.end = func() {
		cancel()
		close(ended)
	}
	go p.host.Run(ctx)
	return p, nil
}

// environ is the value of a variable of the environment that the daemon was started with.
func (d *Daemon) environ(name string) string {
	for _, variable := range d.opts.Environ {
		if value, found := strings.CutPrefix(variable, name+"="); found {
			return value
		}
	}
	return ""
}

// join has the node become a member until leave.
func (p *part) join(f *fleet.Fleet, api http.Handler) (leave context.CancelFunc) {
	p.host.Serve(f, api)
	ctx, leave := context.WithCancel(context.Background())
	go func() { p.done <- p.node.Run(ctx) }()
	return leave
}

// errOwnBots: a node has no bots of its own.
var errOwnBots = errors.New("the configuration of a node has bots, but in a cluster they come from etcd; write bots: [] and hand them to 'hermod cluster apply'")

// errDurable: a node keeps nothing that was acknowledged.
var errDurable = errors.New("gateways.listen of a node would keep deliveries that the connector takes for handled on this node's disk alone; write gateways: {durable: false}, which has the connector keep them until a gateway has acknowledged them")

// withOwned puts what the node owns into a configuration that was read from its file.
func (d *Daemon) withOwned(cfg *config.Config) (*config.Config, error) {
	if d.part == nil {
		return cfg, nil
	}
	if len(cfg.Bots) > 0 && !d.opts.BotsElsewhere {
		return nil, errOwnBots
	}
	if cfg.Gateways.Listen != config.Off && cfg.Gateways.Durable {
		return nil, errDurable
	}
	merged := *cfg
	merged.Node, merged.Gateways.Durable = true, false
	bots, files := d.part.host.Owned()
	merged.Bots = bots
	merged.Notes = slices.DeleteFunc(slices.Clone(cfg.Notes), func(note string) bool {
		return note == config.NoBots || note == config.NoGateways
	})
	merged.Files = maps.Clone(cfg.Files)
	maps.Copy(merged.Files, files)
	return &merged, nil
}

// takeOver has the fleet run what the node owns.
func (d *Daemon) takeOver(t take) {
	cfg := *d.current.Load()
	cfg.Notes, cfg.Files = nil, maps.Clone(cfg.Files)
	maps.DeleteFunc(cfg.Files, func(file string, _ config.Sum) bool { _, old := d.part.files[file]; return old })
	maps.Copy(cfg.Files, t.files)
	d.part.files = t.files
	cfg.Bots = t.bots
	t.reply <- d.apply(&cfg, func() {})
}

// leave ends the node in order, while its bots leave the fleet. A signal hurries.
func (d *Daemon) leave(end context.CancelFunc) {
	end()
	for {
		select {
		case t := <-d.part.takes:
			d.takeOver(t)
		case signal := <-d.opts.Signals:
			if signal != nil && signal.String() != "hangup" {
				d.log.Warn("ending at once: what drains is cut off", "signal", signal.String())
				go d.part.node.Hurry()
			}
		case err := <-d.part.done:
			if err != nil {
				d.log.Error("the node ended with an error", "err", err)
			}
			return
		}
	}
}

// taken and ended are never ready without a cluster.
func (d *Daemon) taken() <-chan take {
	if d.part == nil {
		return nil
	}
	return d.part.takes
}

func (d *Daemon) ended() <-chan error {
	if d.part == nil {
		return nil
	}
	return d.part.done
}
