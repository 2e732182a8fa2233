package process_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"hermod/soak/process"
)

func TestPagesOfAMappedFileAreNotTheProcessesOwn(t *testing.T) {
	const size = 16 << 20
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	before, err := process.ResidentOf(os.Getpid())
	if err != nil || before.Own == 0 || before.Files == 0 {
		t.Fatalf("%+v, %v", before, err)
	}
	page, err := syscall.Mmap(int(file.Fd()), 0, size, syscall.PROT_READ, syscall.MAP_SHARED|syscall.MAP_POPULATE)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Munmap(page) }()
	after, err := process.ResidentOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if files := after.Files - before.Files; files < size/2 {
		t.Errorf("a file of %d bytes that is mapped is %v bytes of files more", size, files)
	}
	if own := after.Own - before.Own; own > size/2 {
		t.Errorf("it is %v bytes of its own more", own)
	}
}
