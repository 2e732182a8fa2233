// Package message is the schema of what nodes of a cluster say to each other. message.proto describes it; the Go file
// is made from it by protoc (Debian: protobuf-compiler) and protoc-gen-go v1.36.12:
//
//	protoc --go_out=. --go_opt=paths=source_relative message.proto
package message
