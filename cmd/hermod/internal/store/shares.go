package store

import "slices"

// shares tell what each bot's dead letters take, so that one bot's flood makes room among its own.
type shares map[string]*share

// share is one bot's.
type share struct {
	numbers []uint64 // of its letters, the oldest first
	bytes   int      // in the file
}

// add notes a letter.
func (s shares) add(bot string, number uint64, size int) {
	of := s[bot]
	if of == nil {
		of = new(share)
		s[bot] = of
	}
	at, _ := slices.BinarySearch(of.numbers, number)
	of.numbers = slices.Insert(of.numbers, at, number)
	of.bytes += size
}

// remove forgets a letter.
func (s shares) remove(bot string, number uint64, size int) {
	of := s[bot]
	if at, there := slices.BinarySearch(of.numbers, number); there {
		of.numbers = slices.Delete(of.numbers, at, at+1)
		of.bytes -= size
	}
	if len(of.numbers) == 0 {
		delete(s, bot)
	}
}

// oldestOfLargest is the oldest letter of the bot whose share is the largest; of several, of that with the oldest
// letter. There has to be a letter.
func (s shares) oldestOfLargest(size func(*share) int) uint64 {
	var largest *share
	for _, of := range s {
		if largest == nil || size(of) > size(largest) || size(of) == size(largest) && of.numbers[0] < largest.numbers[0] {
			largest = of
		}
	}
	return largest.numbers[0]
}
