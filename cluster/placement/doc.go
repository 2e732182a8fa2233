// Package placement decides which node is to run which bot. [Plan] is a pure function of what the cluster is like, so
// every node that sees the same comes to the same plan, and nobody has to be elected.
//
// What runs well stays: a bot moves only from a node that drains, that may not run it, or that has more than its share.
// That two nodes see different states for a moment costs nothing but an attempt: the claim in the store decides.
package placement
