// Package python carries the asyncio client that the benchmark program measures: a small gateway on Debian's
// python3-websockets. It is a worker as package workload describes it, run as python3 -c Program.
package python

import _ "embed"

// Program is the client's source.
//
//go:embed client.py
var Program string
