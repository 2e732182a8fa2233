// Package wire is the protocol between a gateway and a connector as values:
// frames, events, actions, results, descriptors, tokens, URLs and close codes.
//
// # Frames
//
// A link carries UTF-8 JSON objects, one per line:
//
//	stream = { line }
//	line   = [ object ] [ "\r" ] "\n"
//	object = a JSON object with a string member "type"
//
// WebSocket messages only carry bytes: one message may hold several lines or a part of one.
// LineBuffer joins them; Classify names a line; one decoder per kind reads it; one Append
// function per kind writes it. PROTOCOL.md in this folder describes every kind, field and
// coercion; comments call it the protocol.
//
// # Guarantees
//
//   - Decoding fails per frame and never panics; the error is a *DecodeError that
//     names the kind, the size and the reason, and never shows the content.
//   - What a decoder returns shares no memory with the caller's buffer. The strings of one
//     event or result share a copy of their line, up to 16 KiB: a program that keeps one of
//     them for long should clone it (strings.Clone).
//   - Member names are matched exactly, as Python does: "Text" is not "text". If a member
//     appears twice, the last one counts; two objects may be merged.
//   - Every Append function writes one whole frame, without a raw line break inside,
//     ended by '\n'.
//   - A length that a peer claims allocates nothing: memory is bounded by the line, and
//     LineBuffer bounds the line.
//   - A Secret is redacted in every format, log and encoding.
//
// # Who may import it
//
// Everybody. The package itself imports github.com/goccy/go-json and the standard
// library, and has no goroutine, socket or clock.
//
// # Concurrency
//
// Functions are safe for concurrent use. Values are plain data: safe for concurrent
// reading, and not for writing. A LineBuffer belongs to one goroutine.
package wire
