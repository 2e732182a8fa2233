// Package link is a TCP connection through which two processes of the lab speak, with faults. Delays, narrow
// bandwidth, small pieces and the like are toxics of Shopify's toxiproxy, which runs here as a library; a link adds
// what it lacks: resets, a cut at a chosen byte, half-open connections, readers that stall, and a close frame that is
// followed by a reset.
package link
