package world

import (
	"fmt"
	"net"
	"time"
)

// lose loses that many percent of the world's packets for a while.
func lose(percent int, lasting time.Duration) error {
	return filter(lasting, "-p", "tcp", "-m", "statistic", "--mode", "random", "--probability",
		fmt.Sprintf("%.2f", float64(percent)/100))
}

// partition loses all packets of a link for a while.
func partition(address string, lasting time.Duration) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	return filter(lasting, "-p", "tcp", "-m", "multiport", "--ports", port)
}

// filter drops packets that match.
func filter(lasting time.Duration, match ...string) error {
	rule := append(append([]string{"INPUT"}, match...), "-j", "DROP")
	if err := command("iptables", append([]string{"-w", "-A"}, rule...)...); err != nil {
		return err
	}
	<-time.After(lasting)
	return command("iptables", append([]string{"-w", "-D"}, rule...)...)
}
