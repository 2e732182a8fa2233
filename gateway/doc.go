// Package gateway holds what a gateway needs around a relay. It has no code of its own:
//
//	gateway/boot     the gateway's client of a connector's HTTP plane: credentials, media, waking
//	gateway/adapter  platform chores between events and actions: prompts, long texts, addresses
//
// Both work without an actor. They may import wire, messages and supervisor, which do not import them. A program that
// embeds the engine uses them beside package actors.
package gateway
