package config

// desiredGateways judges the gateways behind a cluster, which dial any node.
type desiredGateways struct {
	kept  bool              // deliveries are
	known map[string]string // the first bot's key by the gateway's id
}

func gatewaysOf(root *node) *desiredGateways {
	durable := root.below("gateways", "durable")
	return &desiredGateways{kept: durable == nil || durable.scalar != false, known: make(map[string]string)}
}

// judge judges what a bot says of its gateway; nil is none.
func (g *desiredGateways) judge(relay *node, key string) (problems []Problem) {
	if relay == nil {
		return nil
	}
	if g.kept {
		problems = append(problems, Problem{At: relay.at, Key: key,
			Wrong:  "keeps deliveries that the connector takes for handled on one node's disk",
			Remedy: "write gateways: {durable: false}, here and in the file of each node that gateways dial"})
	}
	id, _ := relay.child("gateway_id").scalar.(string)
	if first, taken := g.known[id]; taken {
		problems = append(problems, Problem{At: relay.at, Key: key + ".gateway_id", Wrong: "is also that of " + first,
			Remedy: "give each bot's gateway an id of its own"})
		return problems
	}
	g.known[id] = key
	return problems
}
