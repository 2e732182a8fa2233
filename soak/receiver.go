package main

import (
	"crypto/rand"
	"encoding/base64"
	"io"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"time"
)

// receiver takes the posts of all webhooks: some slowly, and some not at the first try.
type receiver struct {
	server *http.Server
	url    string
	key    string // of signatures, as base64
}

func startReceiver(w *world) (*receiver, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &receiver{url: "http://" + listener.Addr().String(), key: base64.StdEncoding.EncodeToString([]byte(rand.Text()))}
	r.server = &http.Server{Handler: http.HandlerFunc(func(rw http.ResponseWriter, request *http.Request) {
		_, _ = io.Copy(io.Discard, request.Body)
		switch n := mathrand.IntN(1000); {
		case n < 5:
			pause(request.Context(), time.Duration(1+mathrand.IntN(4))*time.Second)
		case n < 15:
			rw.WriteHeader(http.StatusServiceUnavailable)
			return
		case n < 18:
			panic(http.ErrAbortHandler) // the connection breaks without an answer
		}
		w.handled.Add(1)
	})}
	go func() { _ = r.server.Serve(listener) }()
	return r, nil
}
