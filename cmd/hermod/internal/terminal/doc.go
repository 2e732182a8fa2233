// Package terminal draws text for a terminal: what 'hermod demo' and 'hermod top' have in common.
//
// Widths are in cells, not in bytes or characters. Functions are safe for concurrent use.
package terminal
