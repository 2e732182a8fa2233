// Package config reads the daemon's configuration: a YAML file, overrides from the environment, or the environment
// alone. Mistakes are found before anything runs, and every error names the place, the key and the remedy.
//
// The JSON Schema that [Schema] returns is the only description of the file's structure: it is published for editors,
// and [Load] validates with it. What a schema cannot express (secret files, duplicates, addresses) is checked
// afterwards.
//
// The file never contains a secret, only the name of a file or of an environment variable that holds it.
package config
