package main_test

import (
	"syscall"
	"testing"
	"time"
)

// reportCPU starts counting the process's processor time, which a busy machine disturbs less than the wall clock; what
// it returns reports it for each operation.
func reportCPU(b *testing.B) (report func()) {
	before := processorTime(b)
	return func() { b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op") }
}

func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
