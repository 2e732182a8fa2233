package config

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"hermod/supervisor"
)

// theSchema is parsed once.
var theSchema = sync.OnceValue(loadSchema)

// NoBots is the note of a configuration without bots, which a node of a cluster has.
const NoBots = "there are no bots: nothing is connected until bots has an entry"

// NoGateways is the note of a listener for the gateways of no bot, which a node of a cluster has.
const NoGateways = "gateways.listen is there, but no bot is delivered by relay, so nothing is served there"

// Load reads and checks the configuration file at path, under the environment environ (as os.Environ gives it).
// Without a path the environment's GATEWAY_RELAY_ variables describe the one gateway. The error is an *InvalidError
// that tells of every mistake, or says that the file cannot be read.
func Load(path string, environ []string) (*Config, error) {
	if path == "" {
		return loadTree(gatewayTree, readEnvironment(environ), new(source))
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find the configuration file: %w", err)
	}
	content, regular, err := readBounded(path, maxFile)
	if err != nil {
		return nil, &InvalidError{Problems: []Problem{unreadable(path, err)}}
	}
	if !regular { // a pipe can be read once, is not watched, and its folder means nothing
		return loadContent(path, content, environ)
	}
	s := newSource(path, filepath.Dir(absolute))
	s.files[absolute] = sha256.Sum256(content)
	return s.load(content, environ)
}

// LoadFrom is Load for a configuration that a program pipes in; name stands for it in mistakes. Its paths are relative
// to the working directory.
func LoadFrom(name string, from io.Reader, environ []string) (*Config, error) {
	content, err := io.ReadAll(io.LimitReader(from, maxFile+1))
	if err == nil && len(content) > maxFile {
		err = errTooLarge
	}
	if err != nil {
		return nil, &InvalidError{Problems: []Problem{unreadable(name, err)}}
	}
	return loadContent(name, content, environ)
}

func loadContent(name string, content []byte, environ []string) (*Config, error) {
	folder, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("find the folder of the configuration: %w", err)
	}
	return newSource(name, folder).load(content, environ)
}

func newSource(path, folder string) *source {
	return &source{path: path, folder: folder, folders: map[string]string{path: folder}, files: make(map[string]Sum)}
}

func (s *source) load(content []byte, environ []string) (*Config, error) {
	return loadTree(s.reading(content), readEnvironment(environ), s)
}

// reading reads the file's content, and the files that it includes.
func (s *source) reading(content []byte) func(environment) (*node, []Problem) {
	s.size = int64(len(content))
	return func(environment) (*node, []Problem) {
		root, problem := parse(s.path, content)
		if problem != nil {
			return nil, []Problem{*problem}
		}
		return s.include(root)
	}
}

// maxFile bounds the configuration file in bytes; ten thousand bots need less than a tenth.
const maxFile = 64 << 20

var errTooLarge = errors.New("it is larger than 64 MiB")

// readBounded also says whether it is a file that can be read again.
func readBounded(path string, limit int64) (content []byte, regular bool, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err == nil {
		regular = info.Mode().IsRegular()
	}
	content, err = io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(content)) > limit {
		err = errTooLarge
	}
	return content, regular, err
}

func unreadable(path string, err error) Problem {
	problem := Problem{At: Position{File: path}, Wrong: "cannot be read: " + reasonOf(err), Remedy: "check the path and its permissions"}
	if errors.Is(err, fs.ErrNotExist) {
		problem.Wrong, problem.Remedy = "does not exist", "name the configuration file with --config; examples/hermod.yaml is one to begin with"
	}
	if supervisor.OutOfDescriptors(err) {
		problem.Remedy = supervisor.DescriptorHint
	}
	return problem
}

// reasonOf is the reason of a failed file operation without the path.
func reasonOf(err error) string {
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return failed.Err.Error()
	}
	return err.Error()
}

// loadTree makes a configuration of a tree, each step only when the ones before found nothing wrong.
func loadTree(read func(environment) (*node, []Problem), env environment, from *source) (*Config, error) {
	s := theSchema()
	root, notes, err := from.tree(read, env)
	if err != nil {
		return nil, err
	}
	cfg, err := s.decode(root)
	if err != nil {
		return nil, err
	}
	c := &checker{schema: s, root: root, env: env, source: from, cfg: cfg}
	cfg.Files, cfg.Node = from.files, from.node
	c.check()
	if len(c.problems) > 0 {
		return nil, from.invalid(c.problems)
	}
	cfg.Notes = slices.Concat(notes, from.notes, cfg.Notes)
	cfg.share()
	return cfg, nil
}

// tree reads a configuration as its schema has it, with what the environment says and what bots inherit.
func (s *source) tree(read func(environment) (*node, []Problem), env environment) (*node, []string, error) {
	schema := theSchema()
	root, problems := read(env)
	if len(problems) > 0 {
		return nil, nil, s.invalid(problems)
	}
	if root.fields == nil {
		return nil, nil, s.invalid(schema.validate(root))
	}
	root, problems, notes := schema.override(root, env)
	problems = append(problems, schema.validate(root)...)
	if root.child("bots") == nil { // the schema leaves them to the files that are included
		problems = append(problems, schema.missingKey(root, nil, "bots"))
	}
	if len(problems) > 0 {
		return nil, nil, s.invalid(problems)
	}
	root = schema.inherit(root)
	if problems = schema.checkDurations(root, schema.root(), nil); len(problems) > 0 {
		return nil, nil, s.invalid(problems)
	}
	return root, notes, nil
}

func (s *source) invalid(problems []Problem) error {
	for i := range problems {
		problems[i].Key = s.localKey(problems[i])
	}
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.At.File, b.At.File), cmp.Compare(a.At.Line, b.At.Line),
			cmp.Compare(a.At.Column, b.At.Column), cmp.Compare(a.Key, b.Key))
	})
	return &InvalidError{Problems: problems, Files: s.files}
}
