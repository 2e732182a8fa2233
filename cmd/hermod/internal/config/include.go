package config

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxIncluded bounds how many files a configuration includes.
const maxIncluded = 10_000

// source is where a configuration comes from: the file that was named, and those that it includes.
type source struct {
	path     string            // as it was given, "" for the environment
	folder   string            // of that file, absolute
	folders  map[string]string // of each file, by the name that positions give it
	files    map[string]Sum    // what was read, by absolute path; an absolute pattern stands for the names that match it
	notes    []string
	size     int64 // bytes read
	node     bool  // it is a bot of a cluster's
	included []included
}

// included is a file whose bots stand behind those of the files before it.
type included struct {
	file  string // as positions name it
	first int    // index of its first bot in the whole configuration
}

// include appends the bots of the files that the tree's include names, in the order of their names.
func (s *source) include(root *node) (*node, []Problem) {
	at := root.child("include")
	if at == nil {
		return root, nil
	}
	patterns := at.list
	if at.list == nil {
		patterns = []*node{at}
	}
	var problems []Problem
	merged := &node{at: at.at}
	if own := root.child("bots"); own != nil {
		if own.list == nil {
			return root, nil // the schema says what is wrong
		}
		merged.at, merged.list = own.at, slices.Clone(own.list)
	}
	for i, pattern := range patterns {
		text, isText := pattern.scalar.(string)
		if !isText {
			continue // the schema says what is wrong
		}
		key := "include"
		if at.list != nil {
			key = fmt.Sprintf("include[%d]", i)
		}
		problems = append(problems, s.includePattern(merged, pattern.at, key, text)...)
	}
	return root.with("bots", field{at: merged.at, value: merged}), problems
}

func (s *source) includePattern(merged *node, at Position, key, pattern string) []Problem {
	absolute := pattern
	if !filepath.IsAbs(pattern) {
		absolute = filepath.Join(s.folder, pattern)
	}
	if hasWildcard(filepath.Dir(pattern)) {
		return []Problem{{At: at, Key: key, Wrong: fmt.Sprintf("%.80q has a wildcard in the name of a folder", pattern),
			Remedy: "use wildcards in the name of the file only, for example bots/*.yaml"}}
	}
	matches, err := matchesOf(absolute)
	switch {
	case err != nil:
		return []Problem{{At: at, Key: key, Wrong: fmt.Sprintf("%.80q is no pattern of file names", pattern), Remedy: "close each ["}}
	case len(matches)+len(s.included) > maxIncluded:
		return []Problem{{At: at, Key: key, Wrong: fmt.Sprintf("is more than %d files", maxIncluded), Remedy: "put several bots into each file"}}
	case len(matches) == 0 && !hasWildcard(absolute):
		matches = []string{absolute} // which does not exist
	case len(matches) == 0:
		s.notes = append(s.notes, fmt.Sprintf("include: no file matches %s", pattern))
	}
	if hasWildcard(absolute) {
		s.files[absolute] = sumOfNames(matches)
	}
	var problems []Problem
	for _, path := range matches {
		shown := path
		if relative, err := filepath.Rel(s.folder, path); err == nil && !filepath.IsAbs(pattern) {
			shown = filepath.Join(filepath.Dir(s.path), relative)
		}
		if _, again := s.files[path]; !again { // also the file itself
			problems = append(problems, s.includeFile(merged, shown, path)...)
		}
	}
	return problems
}

// includeFile appends the bots of one file.
func (s *source) includeFile(merged *node, shown, path string) []Problem {
	s.folders[shown] = filepath.Dir(path)
	content, _, err := readBounded(path, maxFile-s.size)
	if err != nil {
		s.files[path] = Sum{}
		problem := unreadable(shown, err)
		if errors.Is(err, fs.ErrNotExist) {
			problem.Remedy = "create it, or take it out of include"
		}
		return []Problem{problem}
	}
	s.size += int64(len(content))
	s.files[path] = sha256.Sum256(content)
	root, problem := parse(shown, content)
	if problem != nil {
		return []Problem{*problem}
	}
	var problems []Problem
	for key, entry := range root.fields {
		if key != "bots" {
			problems = append(problems, Problem{At: entry.at, Key: key, Wrong: "does not belong into a file that is included",
				Remedy: "keep only bots here; the rest stands in " + s.path})
		}
	}
	bots := root.child("bots")
	if root.fields == nil || bots == nil || bots.list == nil {
		return append(problems, Problem{At: root.at, Key: "bots", Wrong: "is missing, or no list", Remedy: "write a map with one key, bots, and a list of bots below"})
	}
	s.included = append(s.included, included{file: shown, first: len(merged.list)})
	merged.list = append(merged.list, bots.list...)
	return problems
}

// localKey gives a bot's key as its own file counts: the second bot of a file is bots[1] there.
func (s *source) localKey(p Problem) string {
	rest, isBot := strings.CutPrefix(p.Key, "bots[")
	number, rest, _ := strings.Cut(rest, "]")
	var index int
	if _, err := fmt.Sscanf(number, "%d", &index); !isBot || err != nil {
		return p.Key
	}
	first := 0
	for _, i := range s.included {
		if i.first <= index {
			first = i.first
		}
	}
	return fmt.Sprintf("bots[%d]%s", index-first, rest)
}

func hasWildcard(pattern string) bool { return strings.ContainsAny(pattern, `*?[`) }

// matchesOf returns the files that match an absolute pattern, sorted. Hidden ones, which editors leave behind, match
// only a pattern that begins with a dot.
func matchesOf(pattern string) ([]string, error) {
	matches, err := filepath.Glob(pattern)
	hidden := strings.HasPrefix(filepath.Base(pattern), ".")
	matches = slices.DeleteFunc(matches, func(path string) bool {
		info, err := os.Stat(path)
		return err == nil && info.IsDir() || !hidden && strings.HasPrefix(filepath.Base(path), ".")
	})
	slices.Sort(matches)
	return matches, err
}

// sumOfNames tells one set of files from another.
func sumOfNames(paths []string) Sum { return sha256.Sum256([]byte(strings.Join(paths, "\x00"))) }
