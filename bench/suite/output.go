package suite

import (
	"fmt"
	"os"
	"path/filepath"
)

// file is a part of a report, ready to be written.
type file struct {
	name string
	text []byte
}

// render makes all files of a report before the first is written.
func render(r *Report) ([]file, error) {
	record, err := r.encode()
	if err != nil {
		return nil, fmt.Errorf("encoding the report: %w", err)
	}
	pictures := charts(r)
	files := []file{{"results.json", record}, {"README.md", []byte(r.markdown(pictures))}}
	for _, c := range pictures {
		files = append(files, file{c.file, c.draw()})
	}
	return files, nil
}

// save puts the files into a folder. Each appears whole or not at all.
func save(folder string, files []file) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("making the folder of the report: %w", err)
	}
	for _, f := range files {
		path := filepath.Join(folder, f.name)
		half := path + ".new"
		if err := os.WriteFile(half, f.text, 0o644); err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
		if err := os.Rename(half, path); err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
	}
	return nil
}
