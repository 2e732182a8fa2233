// Package gateway is the home of what a gateway does around the relay. It has no code of its own:
//
//	gateway/boot     the gateway's client of a connector's HTTP plane: credentials, media, waking
//	gateway/adapter  platform chores between events and actions: prompts, long texts, addresses
//
// Both work without an actor. They may import wire, messages and supervisor; nothing below them imports them back.
// A program that embeds the engine uses them beside package actors.
package gateway
