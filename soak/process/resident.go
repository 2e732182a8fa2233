package process

// Resident is the memory of a process that is in RAM, in bytes.
type Resident struct {
	// Own is what the process alone takes from the machine: its heap, its stacks, files that are in memory only.
	Own float64
	// Files are pages of files that it maps, as its program and its store. The kernel keeps them while there is room, and
	// takes them back when there is not.
	Files float64
}
