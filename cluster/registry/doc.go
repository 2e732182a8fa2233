// Package registry is what a cluster agrees on, kept in etcd: which bots there are to be, which nodes are members, and
// which node runs which bot.
//
//	/hermod/CLUSTER/bots/BOT        what the bot is, without secrets; written by operators
//	/hermod/CLUSTER/disabled/BOT    an operator switched the bot off
//	/hermod/CLUSTER/drain/NODE      the node is to give up what it has
//	/hermod/CLUSTER/loads/NODE      the bots that weigh more than 1, as the node measured it; outlives it
//	/hermod/CLUSTER/left/NODE       the node has ended in order, and its next process is awaited; hangs on its lease
//	/hermod/CLUSTER/members/NODE    the node is a member: its address and what it lacks; hangs on its lease
//	/hermod/CLUSTER/claims/BOT      the node that runs the bot; hangs on the node's lease. Its creation's revision is the
//	                                epoch
//	/hermod/CLUSTER+keys/BOT/KEY    what became of a request that a client named by a key; hangs on a lease of its own
//
// Membership, placement and ownership are one record: where a bot is routed is who owns it. A [Store] asks and answers
// once; whoever asks decides what a lost answer means.
package registry
