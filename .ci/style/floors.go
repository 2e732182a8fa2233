package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
)

// floors are the rooms of package actors, from the top down; each uses only what is below it. A room is the files of
// one actor, or of what actors have in common: a file's name without .go, or the beginning of names.
var floors = [][]string{
	{"relay", "relay_send", "relay_watch", "engine", "engine_status", "engine_under"},
	{"engine_actor"},
	{"relay_actor", "relay_*"},
	{"link", "link_dial", "link_upgrade", "link_abort"},
	{"reader", "reader_*"},
	{"inbox", "inbox_*"},
	{"registry", "registry_*"},
	{"writer", "writer_*"},
	{"messages", "messages_*", "fence", "config", "config_equals", "handlers", "shared", "requests", "users", "bounds", "dials", "descriptors", "relay_handle", "relay_request",
		"link_conn", "pinger"},
	{"*"},
}

// floorOf counts from the top. A whole name goes before the beginning of one.
func floorOf(path string) int {
	name := strings.TrimSuffix(filepath.Base(path), ".go")
	for floor, rooms := range floors {
		if slices.Contains(rooms, name) {
			return floor
		}
	}
	return slices.IndexFunc(floors, func(rooms []string) bool {
		return slices.ContainsFunc(rooms, func(room string) bool {
			beginning, isPattern := strings.CutSuffix(room, "*")
			return isPattern && strings.HasPrefix(name, beginning)
		})
	})
}

// checkFloors reports each file of package actors that uses something of a floor above its own.
func checkFloors(report reporter) error {
	files := token.NewFileSet()
	paths, err := filepath.Glob("actors/*.go")
	if err != nil {
		return err
	}
	var parsed []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		parsed = append(parsed, file)
	}
	uses := &types.Info{Uses: make(map[*ast.Ident]types.Object)}
	config := types.Config{Importer: nothing{}, Error: func(error) {}} // what is imported does not matter here
	actors, _ := config.Check("hermod/actors", files, parsed, uses)
	for name, object := range uses.Uses {
		if object.Pkg() != actors || !object.Pos().IsValid() {
			continue
		}
		from, to := files.Position(name.Pos()), files.Position(object.Pos())
		if floorOf(from.Filename) > floorOf(to.Filename) {
			report(from, "%s is of a floor above, in %s (see .ci/style/floors.go)", name.Name, filepath.Base(to.Filename))
		}
	}
	return nil
}

// nothing imports empty packages.
type nothing struct{}

func (nothing) Import(path string) (*types.Package, error) {
	empty := types.NewPackage(path, filepath.Base(path))
	empty.MarkComplete()
	return empty, nil
}
