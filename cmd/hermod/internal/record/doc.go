// Package record encodes what a relay hands out as lines of JSON: one object a record, with its line break. They are what
// 'hermod pipe' writes, what webhooks and streams carry, and what a subprocess reads.
package record
