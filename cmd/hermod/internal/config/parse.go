package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxNodes bounds the configuration, aliases followed: a file of a few lines can name itself into billions.
const maxNodes = 4 << 20

// parse reads a YAML document into a tree. file names it in positions. A file at which the parser panics is as wrong as
// any other: bots run while it is read.
func parse(file string, content []byte) (root *node, problem *Problem) {
	defer func() {
		if reason := recover(); reason != nil {
			root, problem = nil, syntaxProblem(file, fmt.Errorf("%v", reason))
		}
	}()
	parsed, err := parser.ParseBytes(content, 0)
	if err != nil {
		return nil, syntaxProblem(file, err)
	}
	b := &treeBuilder{file: file, anchors: make(map[string]*node)}
	for _, doc := range parsed.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.CommentType {
			continue
		}
		if root != nil {
			return nil, b.wrong(doc.Body, "holds a second document", "keep one document a file: take out the line ---")
		}
		if root, problem = b.build(doc.Body); problem != nil {
			return nil, problem
		}
	}
	if root == nil {
		return nil, &Problem{At: Position{File: file}, Wrong: "is empty",
			Remedy: "begin with bots:, as examples/hermod.yaml does"}
	}
	return root, nil
}

func syntaxProblem(file string, err error) *Problem {
	problem := &Problem{At: Position{File: file}, Wrong: "is not valid YAML", Remedy: "check indentation, quotes and brackets"}
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) {
		problem.At = positionOf(file, syntax.Token)
		problem.Wrong += ": " + syntax.Message
		if strings.Contains(syntax.Message, "already defined") {
			problem.Wrong, problem.Remedy = "sets a key twice: "+syntax.Message, "keep one of the two"
		}
	}
	return problem
}

func positionOf(file string, t *token.Token) Position {
	if t == nil || t.Position == nil {
		return Position{File: file}
	}
	return Position{File: file, Line: t.Position.Line, Column: t.Position.Column}
}

// treeBuilder turns the parser's tree into nodes, following aliases and merges.
type treeBuilder struct {
	file    string
	anchors map[string]*node
}

func (b *treeBuilder) wrong(n ast.Node, wrong, remedy string) *Problem {
	return &Problem{At: positionOf(b.file, n.GetToken()), Wrong: wrong, Remedy: remedy}
}

func (b *treeBuilder) build(n ast.Node) (*node, *Problem) {
	built := &node{at: positionOf(b.file, n.GetToken()), size: 1}
	switch n := n.(type) {
	case *ast.MappingNode:
		return b.buildMap(built, n.Values)
	case *ast.MappingValueNode:
		return b.buildMap(built, []*ast.MappingValueNode{n})
	case *ast.SequenceNode:
		return b.buildList(built, n.Values)
	case *ast.AnchorNode:
		target, problem := b.build(n.Value)
		b.anchors[n.Name.GetToken().Value] = target
		return target, problem
	case *ast.AliasNode:
		name := n.Value.GetToken().Value
		if target := b.anchors[name]; target != nil {
			return target, nil
		}
		return nil, b.wrong(n, fmt.Sprintf("refers to *%s, which is not defined above", name), fmt.Sprintf("mark a value above with &%s", name))
	case *ast.TagNode:
		return nil, b.wrong(n, "has a type tag ("+n.Start.Value+")", "leave the tag out; quote a number that shall be text")
	case *ast.LiteralNode:
		built.scalar = n.Value.Value
	case *ast.NullNode:
	case ast.ScalarNode:
		built.scalar = n.GetValue()
	default:
		return nil, b.wrong(n, "has a value of a kind that is not known here", "write text, a number, true or false, a list or a map")
	}
	return built, nil
}

func (b *treeBuilder) buildList(built *node, items []ast.Node) (*node, *Problem) {
	built.list = make([]*node, 0, len(items))
	for _, item := range items {
		child, problem := b.build(item)
		if problem == nil {
			problem = b.grow(built, child, item)
		}
		if problem != nil {
			return nil, problem
		}
		built.list = append(built.list, child)
	}
	return built, nil
}

func (b *treeBuilder) buildMap(built *node, entries []*ast.MappingValueNode) (*node, *Problem) {
	built.fields = make(map[string]field, len(entries))
	if len(entries) > 0 {
		built.at = positionOf(b.file, entries[0].Key.GetToken())
	}
	var merged []*node
	for _, entry := range entries {
		value, problem := b.build(entry.Value)
		if problem == nil {
			problem = b.grow(built, value, entry)
		}
		switch {
		case problem != nil:
			return nil, problem
		case entry.Key.IsMergeKey():
			merged = append(merged, value)
		default:
			key := entry.Key.GetToken()
			built.fields[key.Value] = field{at: positionOf(b.file, key), value: value}
		}
	}
	for _, source := range merged {
		built.inherit(source)
	}
	return built, nil
}

// inherit takes over what a merge (<<) brings and the map itself does not say.
func (n *node) inherit(source *node) {
	for _, item := range source.list {
		n.inherit(item)
	}
	for key, entry := range source.fields {
		if _, own := n.fields[key]; !own {
			n.fields[key] = entry
		}
	}
}

func (b *treeBuilder) grow(parent, child *node, at ast.Node) *Problem {
	if parent.size += child.size; parent.size <= maxNodes {
		return nil
	}
	return b.wrong(at, "is too large once its aliases are followed", "use fewer aliases")
}
