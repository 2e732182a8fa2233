package workload

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
)

// copying has the program copy a connection.
const copying = "copy"

// openCopied is openHermod with a process between each connection and the peer that copies bytes and knows nothing of
// them: what any process there costs.
func openCopied() (Dial, func(), error) {
	var copiers []*exec.Cmd
	direct, closeAll, err := openHermod()
	if err != nil {
		return nil, nil, err
	}
	dial := func(ctx context.Context, to Target, handler *Handler) (Client, error) {
		copier, address, err := startCopier(to.URL)
		if err != nil {
			return nil, err
		}
		copiers = append(copiers, copier)
		return direct(ctx, Target{URL: "ws://" + address}, handler)
	}
	return dial, func() {
		closeAll()
		for _, copier := range copiers {
			_ = copier.Process.Kill()
			_ = copier.Wait()
		}
	}, nil
}

// startCopier starts this program as a copier to the host of a URL, and returns where it listens.
func startCopier(peer string) (*exec.Cmd, string, error) {
	to, err := url.Parse(peer)
	if err != nil {
		return nil, "", err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, "", err
	}
	command := exec.Command(self, copying, to.Host)
	command.Env = append(os.Environ(), Variable+"=1")
	command.Stderr = os.Stderr
	endWithParent(command)
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := command.Start(); err != nil {
		return nil, "", fmt.Errorf("start the copier: %w", err)
	}
	address, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		_ = command.Process.Kill()
		return nil, "", fmt.Errorf("the copier does not listen: %w", err)
	}
	return command, strings.TrimSpace(address), nil
}

// copyTo is the program of a copier: it says where it listens, and copies one connection to a host, until either ends.
func copyTo(host string, stdout io.Writer) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(stdout, listener.Addr()); err != nil {
		return err
	}
	near, err := listener.Accept()
	if err != nil {
		return err
	}
	far, err := net.Dial("tcp", host)
	if err != nil {
		return err
	}
	ended := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
		go func() {
			copyBytes(way[0], way[1])
			ended <- struct{}{}
		}()
	}
	<-ended
	return nil
}

// copyBytes reads and writes as a program does that looks at what it passes on. io.Copy would leave it to the kernel.
func copyBytes(to io.Writer, from io.Reader) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}
