package clustered

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// keysOf are the keys of a cluster's file, with what belongs there, and an example.
var keysOf = []struct{ key, is, example string }{
	{"cluster", "a name", "prod"},
	{"node", "a name", "gw-1"},
	{"listen", "HOST:PORT", "10.0.0.1:7070"},
	{"advertise", "HOST:PORT", "gw-1:7070"},
	{"lease", "a duration", "10s"},
	{"move_pause", "a duration", "1s"},
	{"return", "true or false", "true"},
	{"capacity", "a whole number", "8"},
	{"dead_letters", "node, or left out", "node"},
	{"etcd", "a map of keys", "{endpoints: ['etcd-1:2379']}"},
	{"etcd.endpoints", "a list of HOST:PORT", "['etcd-1:2379', 'etcd-2:2379', 'etcd-3:2379']"},
	{"etcd.user", "a name", "hermod"},
	{"etcd.password", "a map of one key, and never the password itself", "{file: etcd.password}"},
	{"etcd.password.file", "a path", "etcd.password"},
	{"etcd.password.env", "the name of a variable", "ETCD_PASSWORD"},
	{"etcd.tls", "a map of files", "{ca: ca.pem, cert: etcd.pem, key: etcd.key}"},
	{"etcd.tls.ca", "a path", "ca.pem"},
	{"etcd.tls.cert", "a path", "etcd.pem"},
	{"etcd.tls.key", "a path", "etcd.key"},
	{"tls", "a map of files", "{ca: ca.pem, cert: node.pem, key: node.key}"},
	{"tls.ca", "a path", "ca.pem"},
	{"tls.cert", "a path", "node.pem"},
	{"tls.key", "a path", "node.key"},
}

// mistake says what is wrong with a file that cannot be decoded: where, of which key, and what to write instead. It
// does not tell the value, which may be a password.
func mistake(path string, content []byte, err error) error {
	unknown, syntax := new(yaml.UnknownFieldError), new(yaml.SyntaxError)
	mistyped, misshaped := new(yaml.TypeError), new(yaml.UnexpectedNodeTypeError)
	switch {
	case errors.As(err, &unknown):
		key := keyAt(content, unknown.Token)
		return fmt.Errorf("%s: %s: is no key of a cluster's file; take it out, or write one of %s", at(path, unknown.Token), key,
			strings.Join(besides(key), ", "))
	case errors.As(err, &mistyped):
		return misplaced(path, content, mistyped.Token)
	case errors.As(err, &misshaped):
		return misplaced(path, content, misshaped.Token)
	case errors.As(err, &syntax):
		return fmt.Errorf("%s: is not valid YAML: %s; check indentation, quotes and brackets", at(path, syntax.Token), syntax.Message)
	}
	return fmt.Errorf("%s: is not valid: %s; correct it", path, strings.TrimSpace(yaml.FormatError(err, false, false)))
}

func misplaced(path string, content []byte, t *token.Token) error {
	key := keyAt(content, t)
	for _, known := range keysOf {
		if known.key == key {
			last := key[strings.LastIndexByte(key, '.')+1:]
			return fmt.Errorf("%s: %s: is not %s; write for example %s: %s", at(path, t), key, known.is, last, known.example)
		}
	}
	return fmt.Errorf("%s: is no map of keys; begin with cluster: and a name", at(path, t))
}

func at(path string, t *token.Token) string {
	if t == nil || t.Position == nil {
		return path
	}
	return fmt.Sprintf("%s:%d:%d", path, t.Position.Line, t.Position.Column)
}

// besides are the keys of the same map.
func besides(key string) (keys []string) {
	of := key[:strings.LastIndexByte(key, '.')+1]
	for _, known := range keysOf {
		if name, is := strings.CutPrefix(known.key, of); is && !strings.Contains(name, ".") {
			keys = append(keys, name)
		}
	}
	return keys
}

// keyAt is the path of the key that has a token, or whose value has it; of the item of a list it is that of the list.
func keyAt(content []byte, t *token.Token) string {
	file, err := parser.ParseBytes(content, 0)
	if err != nil || t == nil || t.Position == nil {
		return ""
	}
	found := &finder{at: *t.Position}
	for _, doc := range file.Docs {
		ast.Walk(found, doc)
	}
	key, _, _ := strings.Cut(strings.TrimPrefix(found.path, "$."), "[")
	return key
}

// finder finds the innermost node at a place.
type finder struct {
	at   token.Position
	path string
}

// Visit implements ast.Visitor.
func (f *finder) Visit(n ast.Node) ast.Visitor {
	switch n := n.(type) {
	case *ast.MappingValueNode:
		f.look(n.Value, n.Key.GetToken(), n.Value.GetToken())
	case *ast.SequenceNode:
		for _, item := range n.Values {
			f.look(n, item.GetToken())
		}
	}
	return f
}

// look takes a node's path if one of its tokens is at the place.
func (f *finder) look(n ast.Node, tokens ...*token.Token) {
	for _, t := range tokens {
		if t != nil && t.Position.Line == f.at.Line && t.Position.Column == f.at.Column {
			f.path = n.GetPath()
		}
	}
}
