package wire

import (
	"encoding/binary"
	"hash/maphash"
)

// Digest stands for what names a delivery, in memory that does not grow with the name. It is keyed by secrets of this
// process, so that a peer cannot make two deliveries share one, and means nothing to another process. The zero Digest
// is no name. Digests are compared with ==.
type Digest [16]byte

// Two seeds make 128 bits of two independent hashes.
var digestSeeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

// What a digest is of. The kinds never share one.
const (
	digestEvent   = 'e'
	digestForward = 'f'
)

// Digest returns the digest of what DedupeKey names the event by, zero when DedupeKey is "". It allocates nothing.
func (e *Event) Digest() Digest {
	if e.Source.ChatID == "" || e.MessageID == "" {
		return Digest{}
	}
	return digestOf(digestEvent, e.Source.Platform, e.Source.ChatID, e.MessageID)
}

// ForwardDigest returns the digest of a forward: of its buffer id and of the whole line that it came in, since a
// connector may number anew after a restart. It is zero for a live forward, whose buffer id is "". It allocates
// nothing.
func ForwardDigest(bufferID string, line []byte) Digest {
	if bufferID == "" {
		return Digest{}
	}
	var content [16]byte
	for i, seed := range digestSeeds {
		binary.LittleEndian.PutUint64(content[8*i:], maphash.Bytes(seed, line))
	}
	return digestOf(digestForward, bufferID, string(content[:]))
}

// digestOf hashes each part with its length, so that no two lists of parts look alike.
func digestOf(kind byte, parts ...string) (d Digest) {
	for i, seed := range digestSeeds {
		var h maphash.Hash
		h.SetSeed(seed)
		_ = h.WriteByte(kind)
		for _, part := range parts {
			var length [8]byte
			binary.LittleEndian.PutUint64(length[:], uint64(len(part)))
			_, _ = h.Write(length[:])
			_, _ = h.WriteString(part)
		}
		binary.LittleEndian.PutUint64(d[8*i:], h.Sum64())
	}
	return d
}
