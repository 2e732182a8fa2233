// Package placement decides which node is to run which bot. [Plan] is a pure function of what the cluster is like, so
// every node that sees the same comes to the same plan, and nobody has to be elected.
//
// What runs well stays: a bot moves only from a node that drains, that may not run it, or that has more than its share.
// Shares are in proportion to what nodes can carry, and a bot weighs what its traffic says; see [Load]. A difference
// that is small beside the traffic moves nothing.
//
// That two nodes see different states for a moment costs nothing but an attempt: the claim in the store decides. A plan
// of which a part was carried out is followed by the same plan, so that nodes which see more or less of it do not work
// against each other.
package placement
