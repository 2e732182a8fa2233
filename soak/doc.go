// Command soak runs a daemon under load and trouble for a long time, and fails if it grows:
//
//	go run ./soak -for 30m
//
// A thousand bots of one `hermod run` deliver in all four ways, at a connector that this process is. Meanwhile
// connections break, handlers are slow or fail, and the configuration changes. What the daemon holds is sampled; the
// README says what is compared with what. It exits with 1 if something grew or was left over, and draws a picture.
package main
