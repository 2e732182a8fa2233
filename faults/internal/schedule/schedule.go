package schedule

import "fmt"

// Bots are named after where their deliveries go: e to a gateway that embeds the engine, and through the daemon b to a
// gateway behind it, w to a webhook, s to a stream, and p to a subprocess.
var Bots = []string{"e", "b", "w", "s", "p"}

// ClusterBots are an embedding gateway's and those of the cluster, which are delivered by webhook. ClusterLinks has the
// nodes' links to etcd, each its own; the others they share. ClusterProcesses are those of a cluster.
var (
	ClusterBots      = []string{"e", "w", "wb", "wc", "wd"}
	ClusterLinks     = []string{"e-c", "d-c", "d-r", "n1-etcd", "n2-etcd", "n3-etcd"}
	ClusterProcesses = []string{"connector", "node-1", "node-2", "node-3", "node-1", "node-2", "node-3", "receiver", "etcd"}
)

// Links are those between processes: e embedding gateway, c connector, d daemon, b gateway behind it, r receiver.
var Links = []string{"e-c", "d-c", "b-d", "d-r", "r-d"}

// Processes are those that can be killed and frozen.
var Processes = []string{"connector", "daemon", "embedded", "behind", "receiver", "child"}

// Clocks are the processes whose wall clocks jump, and ClusterClocks those of a cluster.
var (
	Clocks        = []string{"daemon", "daemon", "daemon", "connector", "embedded", "behind"}
	ClusterClocks = []string{"node-1", "node-2", "node-3", "connector"}
)

// Disks are those of the daemon and of the connector.
var Disks = []string{"daemon", "connector"}

// Do names what a step does.
type Do string

// Traffic.
const (
	Event   Do = "event"   // to a bot's chat
	Forward Do = "forward" // to a bot
	Ask     Do = "ask"     // a request of a bot
)

// Faults.
const (
	Reset     Do = "reset"      // a link's connections are reset
	Cut       Do = "cut"        // after N bytes
	Swallow   Do = "half-open"  // what a link's connections carry is lost, and nobody learns of it
	Stall     Do = "stall"      // nobody reads from a link
	Late      Do = "late"       // what a link's connections carry comes when newer ones stand
	Refuse    Do = "refuse"     // a link refuses connections
	CloseDies Do = "close-rst"  // the connector closes a bot's session; its close frame is followed by a reset
	Latency   Do = "latency"    // of N ms
	Bandwidth Do = "bandwidth"  // of N KB/s
	SlowStart Do = "handshake"  // connections are reset, and begin in small pieces: upgrades, and TLS on e-c
	Limit     Do = "limit"      // toxiproxy closes connections after N bytes
	Kill      Do = "kill"       // kill -9 of a process
	Freeze    Do = "freeze"     // SIGSTOP, then SIGCONT
	Clock     Do = "clock"      // the wall clock of a process jumps by N seconds, and is right again at the end
	Close     Do = "close"      // the connector closes a bot's session with code N
	Tear      Do = "tear"       // the connector drops a bot's socket inside a frame
	Disable   Do = "disable"    // an operator disables a bot
	Reconnect Do = "reconnect"  // an operator has a bot dial again
	Sleep     Do = "sleep"      // an operator puts a bot to sleep
	Revoke    Do = "revoke"     // the connector revokes a bot's credential, and restores it
	Reload    Do = "reload"     // the configuration of bot w changes
	DiskFull  Do = "disk-full"  // no byte can be added
	DiskSlow  Do = "disk-slow"  // the disk stands still again and again
	Power     Do = "power-loss" // the process dies, and what it has not synced is gone
	Loss      Do = "loss"       // N % of the packets of the world are lost
	Partition Do = "partition"  // all packets of a link are lost
)

// Faults are all kinds, in the order of the table.
var Faults = []Do{Reset, Cut, Swallow, Stall, Refuse, CloseDies, Latency, Bandwidth, SlowStart, Limit, Kill, Freeze,
	Clock, Late, Close, Tear, Disable, Reconnect, Sleep, Revoke, Reload, DiskFull, DiskSlow, Power, Loss, Partition}

// Step is one thing that is done.
type Step struct {
	// At is when, and For how long, in milliseconds; For is 0 for what happens at once.
	At  int `json:"at"`
	For int `json:"for,omitempty"`
	Do  Do  `json:"do"`
	// On is the bot, link, process or disk.
	On string `json:"on"`
	// N is the fault's number.
	N int `json:"n,omitempty"`
	// Chat, ID and Text are traffic's. An event's id is its chat, a dash and its number in the chat, from 0.
	Chat string `json:"chat,omitempty"`
	ID   string `json:"id,omitempty"`
	Text string `json:"text,omitempty"`
}

// IsFault tells a fault from traffic.
func (s Step) IsFault() bool { return s.Do != Event && s.Do != Forward && s.Do != Ask }

// String is a line for people.
func (s Step) String() string {
	text := fmt.Sprintf("%5d ms  %-10s %s", s.At, s.Do, s.On)
	if s.N != 0 {
		text += fmt.Sprintf(" %d", s.N)
	}
	if s.For != 0 {
		text += fmt.Sprintf(" for %d ms", s.For)
	}
	if s.ID != "" {
		text += " " + s.ID
	}
	return text + " " + s.Text
}

// Schedule is one run of the lab.
type Schedule struct {
	Seed uint64 `json:"seed"`
	// Cluster says that three nodes of a cluster take the daemon's place.
	Cluster bool `json:"cluster,omitempty"`
	// Tight says that little may be queued and few handlers run, and that the daemon keeps nothing for the gateway behind
	// it.
	Tight bool   `json:"tight,omitempty"`
	Steps []Step `json:"steps"`
}

// Without returns the schedule without the steps from one index up to another.
func (s Schedule) Without(from, to int) Schedule {
	steps := append([]Step(nil), s.Steps[:from]...)
	s.Steps = append(steps, s.Steps[to:]...)
	return s
}
