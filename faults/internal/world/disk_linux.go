package world

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The ioctls that freeze a file system and thaw it (linux/fs.h).
const (
	freeze = 0xC0045877
	thaw   = 0xC0045878
)

// diskSize is that of a disk, in bytes.
const diskSize = 12 << 20

// disk is a file system on a loop device, whose file is in memory. What a process has not synced is not in it, so
// that a copy of it is what a loss of power leaves.
type disk struct {
	image, folder string
	own           bool // it is a file system of its own
	faulty        atomic.Bool

	mu     sync.Mutex // of one fault at a time
	copies int
}

func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

func command(name string, args ...string) error {
	if output, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, output)
	}
	return nil
}

// makeDisks makes the daemon's and the connector's.
func (w *World) makeDisks() error {
	images := w.path("images")
	if err := os.MkdirAll(images, 0o700); err != nil {
		return err
	}
	if w.opts.Isolated {
		if err := unix.Mount("tmpfs", images, "tmpfs", 0, "size=80m"); err != nil {
			return fmt.Errorf("mount a tmpfs: %w", err)
		}
	}
	for _, name := range []string{"daemon", "connector"} {
		d := &disk{image: w.path("images", name), folder: w.path("disk-" + name), own: w.opts.Isolated}
		w.disks[name] = d
		if err := d.open(); err != nil {
			return err
		}
	}
	return nil
}

func (d *disk) open() error {
	if err := os.MkdirAll(d.folder, 0o700); err != nil || !d.own {
		return err
	}
	file, err := os.Create(d.image)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := file.Truncate(diskSize); err != nil {
		return err
	}
	if err := command("mkfs.ext4", "-q", "-F", "-m", "0", d.image); err != nil {
		return err
	}
	return d.mount(d.image)
}

// mount mounts an image. What is not synced is written back after an hour only.
func (d *disk) mount(image string) error {
	return command("mount", "-o", "loop,commit=3600,noatime", image, d.folder)
}

// fill takes all room for a while.
func (d *disk) fill(lasting time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faulty.Store(true)
	path := d.folder + "/filler"
	if file, err := os.Create(path); err == nil {
		block := make([]byte, 4<<10)
		for {
			if _, err := file.Write(block); err != nil {
				break
			}
		}
		_ = file.Sync()
		_ = file.Close()
	}
	<-time.After(lasting)
	_ = os.Remove(path)
	if folder, err := os.Open(d.folder); err == nil {
		_ = unix.Syncfs(int(folder.Fd())) // the room is there when the removal is in the file system's journal
		_ = folder.Close()
	}
	<-time.After(2 * pause) // what could not be written may still end a process
	d.faulty.Store(false)
}

// slow has the disk stand still for half of the time.
func (d *disk) slow(lasting time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	folder, err := os.Open(d.folder)
	if err != nil {
		return
	}
	defer folder.Close()
	for end := time.Now().Add(lasting); time.Now().Before(end); {
		_ = unix.IoctlSetInt(int(folder.Fd()), freeze, 0)
		<-time.After(25 * time.Millisecond)
		_ = unix.IoctlSetInt(int(folder.Fd()), thaw, 0)
		<-time.After(25 * time.Millisecond)
	}
}

// losePower ends a process, and brings back of its disk what it had synced.
func (d *disk) losePower(p *process) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	p.hold(true)
	defer p.hold(false)
	p.signal(syscall.SIGSTOP)
	if !awaitStopped(p.pid()) {
		p.kill() // a copy that is made while something is written is none that a loss of power leaves
		return nil
	}
	d.copies++
	image := fmt.Sprintf("%s-%d", d.image, d.copies%2)
	if err := copyFile(d.image, image); err != nil {
		return err
	}
	p.kill()
	var err error
	for range 100 {
		if err = unix.Unmount(d.folder, 0); err == nil {
			break
		}
		<-time.After(20 * time.Millisecond)
	}
	if err != nil {
		return fmt.Errorf("unmount %s: %w", d.folder, err)
	}
	_ = os.Remove(d.image)
	if err := os.Rename(image, d.image); err != nil {
		return err
	}
	return d.mount(d.image)
}

// awaitStopped waits until every thread has stopped, so that nothing is being synced; it gives up after a second.
func awaitStopped(pid int) bool {
	for range 500 {
		running := false
		threads, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
		for _, thread := range threads {
			stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/stat", pid, thread.Name()))
			_, rest, found := strings.Cut(string(stat), ") ")
			running = running || err == nil && found && rest[0] != 'T' && rest[0] != 't'
		}
		if !running {
			return true
		}
		<-time.After(2 * time.Millisecond)
	}
	return false
}

func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.Create(to)
	if err != nil {
		return err
	}
	defer target.Close()
	_, err = io.Copy(target, source)
	return err
}

func (d *disk) close() {
	if d.own {
		_ = unix.Unmount(d.folder, unix.MNT_DETACH)
	}
}
