package role

import (
	"net"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// etcd runs one, which dies with this process.
func (c Config) etcd() error {
	client, peer := "http://"+c.Listen, "http://"+c.URL
	cmd := exec.Command("etcd", "--name=lab", "--data-dir="+c.Folder, "--listen-client-urls="+client,
		"--advertise-client-urls="+client, "--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer,
		"--initial-cluster=lab="+peer, "--log-level=error")
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return err
	}
	for {
		conn, err := net.Dial("tcp", c.Listen)
		if err == nil {
			_ = conn.Close()
			break
		}
		<-time.After(20 * time.Millisecond)
	}
	ready()
	return cmd.Wait()
}
