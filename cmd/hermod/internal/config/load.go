package config

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
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

// Load reads and checks the configuration file at path, under the environment environ (as os.Environ gives it).
// Without a path the environment's GATEWAY_RELAY_ variables describe the one gateway. The error is an *InvalidError
// that tells of every mistake, or says that the file cannot be read.
func Load(path string, environ []string) (*Config, error) {
	env := readEnvironment(environ)
	if path == "" {
		return loadTree(gatewayTree, env, "")
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find the configuration file: %w", err)
	}
	content, regular, err := readBounded(path)
	if err != nil {
		return nil, &InvalidError{Problems: []Problem{unreadable(path, err)}}
	}
	cfg, err := loadTree(func(environment) (*node, []Problem) {
		root, problem := parse(path, content)
		if problem != nil {
			return nil, []Problem{*problem}
		}
		return root, nil
	}, env, filepath.Dir(absolute))
	if err != nil {
		return nil, err
	}
	if regular { // a pipe can be read once, and is not watched
		if cfg.Files == nil {
			cfg.Files = make(map[string]Sum)
		}
		cfg.Files[absolute] = sha256.Sum256(content)
	}
	return cfg, nil
}

// maxFile bounds the configuration file in bytes; ten thousand bots need less than a tenth.
const maxFile = 64 << 20

var errTooLarge = errors.New("it is larger than 64 MiB")

// readBounded also says whether it is a file that can be read again.
func readBounded(path string) (content []byte, regular bool, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err == nil {
		regular = info.Mode().IsRegular()
	}
	content, err = io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(content) > maxFile {
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
func loadTree(read func(environment) (*node, []Problem), env environment, folder string) (*Config, error) {
	s := theSchema()
	root, problems := read(env)
	if len(problems) > 0 {
		return nil, invalid(problems)
	}
	if root.fields == nil {
		return nil, invalid(s.validate(root))
	}
	root, problems, notes := s.override(root, env)
	if problems = append(problems, s.validate(root)...); len(problems) > 0 {
		return nil, invalid(problems)
	}
	root = s.inheritDefaults(root)
	if problems = s.checkDurations(root, s.root(), nil); len(problems) > 0 {
		return nil, invalid(problems)
	}
	cfg, err := decode(root)
	if err != nil {
		return nil, err
	}
	c := &checker{schema: s, root: root, env: env, folder: folder, cfg: cfg}
	c.check()
	if len(c.problems) > 0 {
		return nil, invalid(c.problems)
	}
	cfg.Notes = append(notes, cfg.Notes...)
	return cfg, nil
}

func invalid(problems []Problem) error {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.At.Line, b.At.Line), cmp.Compare(a.At.Column, b.At.Column), cmp.Compare(a.Key, b.Key))
	})
	return &InvalidError{Problems: problems}
}

// decode fills the structs from a tree that fits the schema. The standard library copies each string; go-json's strings
// would keep the whole text, with every default of every bot, for as long as the configuration lives.
func decode(root *node) (*Config, error) {
	text, err := json.Marshal(root.plain())
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	cfg := new(Config)
	if err := json.Unmarshal(text, cfg); err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	return cfg, nil
}
