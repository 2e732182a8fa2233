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
// WebSocket messages only carry bytes: one message may hold several lines, or a part
// of one. LineBuffer joins them; Classify names a line; one
// decoder per kind reads it; one Append function per kind writes it. PROTOCOL.md
// beside this file describes every kind, field and coercion, and is what the
// comments here call the protocol.
//
// # Guarantees
//
//   - Decoding fails per frame and never panics; the error is a *DecodeError that
//     names the kind, the size and the reason, and never quotes the content.
//   - What a decoder returns shares no memory with the caller's buffer. The strings of
//     one event or result share a copy of their line, up to 16 KiB, and one that is more
//     than half of a longer line shares that: a program that keeps one of them for long
//     should keep a strings.Clone of it.
//   - Member names are matched exactly, as Python does: "Text" is not "text". Of a
//     member that stands twice, the last one counts; two results may be merged.
//   - Every Append function writes one whole frame, without a raw line break inside,
//     ended by '\n'.
//   - No length that a peer names is allocated, and what is dropped takes no memory.
//     What is decoded holds a small multiple of its line, which LineBuffer bounds;
//     Event.Held and Forward.Held say how much.
//   - A Secret is redacted wherever it is printed, logged or encoded.
//
// # Who may import it
//
// Everybody. The package itself imports github.com/goccy/go-json and the standard
// library, and has no goroutine, socket or clock.
//
// # Concurrency
//
// Functions are safe for concurrent use. Values are plain data: safe for concurrent
// reading, and not for writing. A LineBuffer and an EventReader belong to one goroutine.
package wire
