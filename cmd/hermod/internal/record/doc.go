// Package record encodes what a relay delivers as lines of JSON: one object per record, with its line break. They are
// what 'hermod pipe' writes, what webhooks and streams carry, and what a subprocess reads.
package record
