// Package config reads the daemon's configuration: a YAML file, overrides from the environment, or the environment
// alone. What can be wrong with it is found before anything runs, and every error names the place, the key and the remedy.
//
// The JSON Schema that [Schema] returns is the one description of the file's shape: it is published for editors, and
// [Load] checks with it. What a schema cannot say (secret files, duplicates, addresses) is checked after it.
//
// A secret is never written into the file: it is named by file or by environment variable.
package config
