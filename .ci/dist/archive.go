package main

import (
	"archive/tar"
	"archive/zip"
	"cmp"
	"compress/flate"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// sums is the name of the file of checksums.
const sums = "SHA256SUMS"

// file is one of an archive.
type file struct {
	name, path string
	executable bool
}

func (f file) mode() int64 {
	if f.executable {
		return 0o755
	}
	return 0o644
}

// pack makes the archive of a system: a .zip for Windows, a .tar.gz for others. All that is in it is in one folder.
func (s stamp) pack(out, target string, files []file) (err error) {
	slices.SortFunc(files, func(a, b file) int { return cmp.Compare(a.name, b.name) })
	folder := s.name(target)
	write, extension := s.tar, ".tar.gz"
	if strings.HasPrefix(target, "windows/") {
		write, extension = s.zip, ".zip"
	}
	archive, err := os.Create(filepath.Join(out, folder+extension))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, archive.Close()) }()
	return write(archive, folder, files)
}

func (s stamp) tar(to io.Writer, folder string, files []file) error {
	compressed, err := gzip.NewWriterLevel(to, flate.BestCompression)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(compressed)
	for _, f := range files {
		content, err := os.ReadFile(f.path)
		if err != nil {
			return err
		}
		header := &tar.Header{Name: folder + "/" + f.name, Mode: f.mode(), Size: int64(len(content)), ModTime: s.time,
			Format: tar.FormatUSTAR, Typeflag: tar.TypeReg}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		if _, err := archive.Write(content); err != nil {
			return err
		}
	}
	return errors.Join(archive.Close(), compressed.Close())
}

func (s stamp) zip(to io.Writer, folder string, files []file) error {
	archive := zip.NewWriter(to)
	for _, f := range files {
		content, err := os.ReadFile(f.path)
		if err != nil {
			return err
		}
		header := &zip.FileHeader{Name: folder + "/" + f.name, Method: zip.Deflate, Modified: s.time.UTC()}
		header.SetMode(os.FileMode(f.mode()))
		w, err := archive.CreateHeader(header)
		if err != nil {
			return err
		}
		if _, err := w.Write(content); err != nil {
			return err
		}
	}
	return archive.Close()
}

// sum writes the checksums of the folder's files as sha256sum does.
func sum(out string) error {
	entries, err := os.ReadDir(out)
	if err != nil {
		return err
	}
	var lines strings.Builder
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(out, entry.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&lines, "%x  %s\n", sha256.Sum256(content), entry.Name())
	}
	return os.WriteFile(filepath.Join(out, sums), []byte(lines.String()), 0o644)
}
