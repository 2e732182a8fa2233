// Package page serves the status page: one HTML file, its styles and its scripts, embedded in the binary.
//
// The files are static and the same for everybody. They fetch their data from the daemon's HTTP API like any other
// client, with the token that the user enters. Nothing is loaded from anywhere else: a strict Content Security Policy
// forbids it, and also inline scripts, inline styles and turning text into markup.
//
// The scripts are plain JavaScript modules, without a framework and without a build step:
//
//	main.js      wires the parts together
//	api.js       calls the API and follows its event stream
//	fleet.js     the bots as the stream tells of them: filtered, sorted, counted
//	traffic.js   what came and went in the last minute, and its sparkline
//	list.js      the virtualised grid of bots: keyboard, focus, scrolling
//	row.js       one bot in the grid
//	nodes.js     the nodes of a cluster
//	details.js   one bot in full, with its actions
//	deadletters.js  deliveries that failed for good
//	dialogs.js   confirmation and the token
//	announce.js  what screen readers and toasts say
//	dom.js, words.js, theme.js   elements, wording and colours
package page
