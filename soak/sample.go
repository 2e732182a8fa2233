package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"hermod/soak/process"
)

// sample is what the daemon holds at a moment.
type sample struct {
	at     float64 // seconds from the start
	values []float64
}

// figure is a quantity that must not grow.
type figure struct {
	name, unit string
	metric     string  // of the daemon, or one of the others below
	per        float64 // how much of the metric is one unit
	// A last tenth is as flat as the first if it is above it by no more than this share and this many units together.
	share, slack float64
}

// What is measured from outside.
const (
	ownMemory   = "own memory"
	mappedFiles = "mapped files"
	stateFolder = "state folder"
)

// anything is the share of a figure that is shown, and may grow.
const anything = 1e9

var figures = []figure{
	{"heap after a collection", "MiB", "go_gc_heap_live_bytes", 1 << 20, 0.05, 2},
	{"memory of its own", "MiB", ownMemory, 1 << 20, 0.10, 8},
	{"pages of files that it maps", "MiB", mappedFiles, 1 << 20, anything, 0},
	{"goroutines", "goroutines", "go_goroutines", 1, 0.05, 50},
	{"file descriptors", "descriptors", "process_open_fds", 1, 0.05, 50},
	{"actors", "actors", "hermod_actors", 1, 0.10, 50},
	{"store", "MiB", stateFolder, 1 << 20, 0.05, 1},
}

// sampleUntil samples until the context ends; it fails if the daemon does not answer.
func (w *world) sampleUntil(ctx context.Context) ([]sample, error) {
	var all []sample
	start, told := time.Now(), 0
	for every := max(2*time.Second, w.length/200); pause(ctx, every); {
		values, err := w.measure(ctx)
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("sample the daemon: %w; its log is %s", err, w.daemon.log.Name())
		}
		all = append(all, sample{time.Since(start).Seconds(), values})
		if done := int(10 * time.Since(start) / w.length); done > told {
			told = done
			fmt.Fprintf(os.Stderr, "%v of %v: %.1f MiB of heap, %d events sent\n", time.Since(start).Round(time.Second), w.length,
				values[0], w.sent.Load())
		}
	}
	if len(all) < 2*tenths {
		return nil, errors.New("the run was interrupted before there was anything to compare")
	}
	return all, nil
}

// measure has the daemon collect its garbage first.
func (w *world) measure(ctx context.Context) ([]float64, error) {
	profile, err := w.get(ctx, "/debug/pprof/heap?gc=1")
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(io.Discard, profile)
	_ = profile.Close()
	if err != nil {
		return nil, err
	}
	text, err := w.get(ctx, "/metrics")
	if err != nil {
		return nil, err
	}
	defer func() { _ = text.Close() }()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(text)
	if err != nil {
		return nil, err
	}
	resident, err := process.ResidentOf(w.daemon.command.Process.Pid)
	if err != nil {
		return nil, err
	}
	outside := map[string]float64{ownMemory: resident.Own, mappedFiles: resident.Files,
		stateFolder: sizeOf(filepath.Join(w.folder, "state"))}
	values := make([]float64, len(figures))
	for i, f := range figures {
		if value, is := outside[f.metric]; is {
			values[i] = value / f.per
			continue
		}
		family := families[f.metric]
		if family == nil || len(family.Metric) != 1 {
			return nil, fmt.Errorf("its metrics do not have %s", f.metric)
		}
		values[i] = family.Metric[0].GetGauge().GetValue() / f.per
	}
	return values, nil
}

func (w *world) get(ctx context.Context, path string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.daemon.Listening+path, nil)
	if err != nil {
		return nil, err
	}
	response, err := w.client.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		_ = response.Body.Close()
		return nil, fmt.Errorf("%s answered %s", path, response.Status)
	}
	return response.Body, nil
}

// sizeOf is that of all files in a folder, in bytes.
func sizeOf(folder string) (bytes float64) {
	_ = filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil // a file that went away meanwhile
		}
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
			bytes += float64(info.Size())
		}
		return nil
	})
	return bytes
}

// writeSamples writes a table with a column for each figure.
func writeSamples(path string, samples []sample) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	table := csv.NewWriter(file)
	head := []string{"seconds"}
	for _, f := range figures {
		head = append(head, f.name+" ("+f.unit+")")
	}
	_ = table.Write(head)
	for _, s := range samples {
		line := []string{strconv.FormatFloat(s.at, 'f', 1, 64)}
		for _, value := range s.values {
			line = append(line, strconv.FormatFloat(value, 'f', 2, 64))
		}
		_ = table.Write(line)
	}
	table.Flush()
	return errors.Join(table.Error(), file.Close())
}
