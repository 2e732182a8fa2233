// Command storm has thousands of relays lose their connector at once, and shows how they come back:
//
//	go run ./soak/storm -relays 10000 -tls
//
// The relays are one process and the connector is another, which is killed and started again; in between it may answer
// 1013, refuse credentials, or drop every connection right after the handshake. Every dial is noted, and compared with
// what the rules of package supervisor come to if dialling took no time: the ideal. It exits with 1 if a relay dials
// before its turn, if there are more dials than the rules explain, or if a relay stays away, and draws a picture.
package main
