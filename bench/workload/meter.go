package workload

import (
	"os"
	"runtime"
	"time"
)

// meter is the process at one moment.
type meter struct {
	at            time.Time
	cpu           time.Duration
	memory        runtime.MemStats
	reads, writes float64
	counted       bool // reads and writes are known
}

func readMeter() meter {
	var m meter
	runtime.ReadMemStats(&m.memory)
	m.reads, m.writes, m.counted = systemCalls()
	m.cpu = cpuTime()
	m.at = time.Now()
	return m
}

// metrics says what the process spent from m to end on the given number of frames.
func (m meter) metrics(end meter, frames float64, s Spec) map[string]float64 {
	metrics := map[string]float64{
		FramesPerSecond: frames / end.at.Sub(m.at).Seconds(),
		GCCycles:        float64(end.memory.NumGC - m.memory.NumGC),
		GCPause:         float64(end.memory.PauseTotalNs - m.memory.PauseTotalNs),
	}
	if rss, ok := residentBytes(os.Getpid()); ok {
		metrics[RSS] = rss
	}
	if frames == 0 {
		return metrics
	}
	metrics[AllocsPerFrame] = float64(end.memory.Mallocs-m.memory.Mallocs) / frames
	metrics[BytesPerFrame] = float64(end.memory.TotalAlloc-m.memory.TotalAlloc) / frames
	if cpu := end.cpu - m.cpu; cpu > 0 && s.Busy == 0 {
		metrics[CPUPerFrame] = float64(cpu) / frames
	}
	if m.counted && end.counted {
		metrics[ReadsPerFrame] = (end.reads - m.reads) / frames
		metrics[WritesPerFrame] = (end.writes - m.writes) / frames
	}
	return metrics
}
