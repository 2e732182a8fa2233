// Package top shows the bots of a running daemon in a terminal and steers them. It is 'hermod top'.
//
// A client follows the daemon's event stream and a roster keeps what the stream has said. The model is a Bubble Tea
// program over both: keys and actions change it, view, row and foot draw it.
package top
