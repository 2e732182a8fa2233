package api_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/api/client"
)

// reading is a client that reads a stream.
type reading struct {
	t      *testing.T
	lines  *bufio.Reader
	body   io.Closer
	cancel context.CancelFunc
	sse    bool
}

// read opens a stream; the end of the test ends it.
func (w *world) read(path string, headers ...string) *reading {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	response := w.open(ctx, http.MethodGet, path, "", headers...)
	if response.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(response.Body)
		w.t.Fatalf("%s: %d %s", path, response.StatusCode, body)
	}
	r := &reading{t: w.t, lines: bufio.NewReader(response.Body), body: response.Body, cancel: cancel,
		sse: response.Header.Get("Content-Type") == "text/event-stream"}
	w.t.Cleanup(r.close)
	return r
}

func (r *reading) close() {
	r.cancel()
	_ = r.body.Close()
}

// event returns the next event's name, id and data, whatever form the stream has.
func (r *reading) event() (name, id, data string) {
	r.t.Helper()
	for {
		line, err := r.lines.ReadString('\n')
		must(r.t, err)
		line = strings.TrimSuffix(line, "\n")
		key, value, _ := strings.Cut(line, ": ")
		switch {
		case !r.sse:
			return "", "", line
		case line == "" && data != "":
			return name, id, data
		case key == "event":
			name = value
		case key == "id":
			id = value
		case key == "data":
			data = value
		}
	}
}

// delivery reads the next record.
func (r *reading) delivery() client.Delivery {
	r.t.Helper()
	_, id, data := r.event()
	wantDelivery(r.t, []byte(data))
	var d client.Delivery
	must(r.t, json.Unmarshal([]byte(data), &d))
	if r.sse && (d.Cursor == nil || *d.Cursor != id) {
		r.t.Errorf("the event's id is %s: %s", id, data)
	}
	return d
}

func textOf(d client.Delivery) string { return fmt.Sprint((*d.Event)["text"]) }

func (w *world) ack(ids ...string) *client.AcknowledgeResponse {
	w.t.Helper()
	answer, err := w.api.AcknowledgeWithResponse(background, "a", client.AcknowledgeJSONRequestBody{Ids: ids})
	must(w.t, err)
	return answer
}

func TestADeliveryIsAcknowledgedToTheConnectorWhenAClientAcknowledgesIt(t *testing.T) {
	for _, accept := range []string{"text/event-stream", "application/x-ndjson"} {
		t.Run(accept, func(t *testing.T) {
			w := start(t, bots(bot("a", streamed)), nil)
			w.inject("a", "c1", "m1", "hi")
			d := w.read("/v1/bots/a/events", "Accept", accept).delivery()
			if d.Kind != client.DeliveryKindInbound || d.Bot != "a" || textOf(d) != "hi" || *d.SessionKey == "" || *d.BufferId == "" {
				t.Errorf("delivery is %+v", d)
			}
			w.awaitBuffered("a", 1)
			if got := w.ack(d.Id, "evt_other"); got.JSON200.Acknowledged != 1 || got.JSON200.Unknown[0] != "evt_other" {
				t.Errorf("acknowledged: %s", got.Body)
			}
			w.awaitBuffered("a", 0)
			if got := w.ack(d.Id); got.JSON200.Acknowledged != 0 || got.JSON200.Unknown[0] != d.Id {
				t.Errorf("acknowledged again: %s", got.Body)
			}
		})
	}
}

func TestASessionsEventsComeOneByOneAndOthersDoNotWait(t *testing.T) {
	w := start(t, bots(bot("a", streamed)), nil)
	w.inject("a", "c1", "m1", "first")
	w.inject("a", "c1", "m2", "second")
	w.inject("a", "c2", "m3", "other")
	r := w.read("/v1/bots/a/events")
	first, other := r.delivery(), r.delivery()
	if textOf(first) == "other" { // sessions run side by side
		first, other = other, first
	}
	if textOf(first) != "first" || textOf(other) != "other" {
		t.Errorf("got %s and %s", textOf(first), textOf(other))
	}
	w.ack(first.Id)
	if second := r.delivery(); textOf(second) != "second" {
		t.Errorf("got %s", textOf(second))
	}
}

func TestAClientGoesOnBehindItsCursorAndAnotherOneBeginsWithAllThatWaits(t *testing.T) {
	w := start(t, bots(bot("a", streamed)), nil)
	w.inject("a", "c1", "m1", "first")
	r := w.read("/v1/bots/a/events")
	first := r.delivery()
	w.inject("a", "c2", "m2", "second")
	second := r.delivery()
	r.close()
	for _, resumed := range []*reading{w.read("/v1/bots/a/events", "Last-Event-ID", *first.Cursor), w.read("/v1/bots/a/events?cursor=" + *first.Cursor)} {
		if d := resumed.delivery(); d.Id != second.Id {
			t.Errorf("resumed with %s", textOf(d))
		}
	}
	for _, cursor := range []string{"", "elsewhere-1", *first.Cursor + "9", "nonsense"} {
		if d := w.read("/v1/bots/a/events", "Last-Event-ID", cursor).delivery(); d.Id != first.Id {
			t.Errorf("with the cursor %q it began with %s", cursor, textOf(d))
		}
	}
}

func TestEveryReaderGetsEverythingAndAnyAcknowledgementCounts(t *testing.T) {
	w := start(t, bots(bot("a", streamed)), nil)
	one, two := w.read("/v1/bots/a/events"), w.read("/v1/bots/a/events", "Accept", "application/x-ndjson")
	w.inject("a", "c1", "m1", "hi")
	if one.delivery().Id != two.delivery().Id {
		t.Error("the two got different events")
	}
	for range 14 {
		w.read("/v1/bots/a/events")
	}
	response, body := w.do(http.MethodGet, "/v1/bots/a/events", "")
	wantProblem(t, response, body, http.StatusConflict, "too-many-readers")
}

func TestNoMoreDeliveriesWaitInAStreamThanHandlersMayRun(t *testing.T) {
	w := start(t, bots(bot("a", streamed+", limits: {max_handlers: 2}")), nil)
	for i := range 5 {
		w.inject("a", fmt.Sprint("c", i), fmt.Sprint("m", i), fmt.Sprint(i))
	}
	w.await("a", func(b *client.Bot) bool { return b.Queued == 5 })
	r := w.read("/v1/bots/a/events")
	d := r.delivery()
	r.delivery()
	w.inject("a", "c9", "m9", "last")
	w.await("a", func(b *client.Bot) bool { return b.Queued == 6 })
	for _, waiting := range []string{"2", "3", "4", "last"} {
		w.ack(d.Id)
		if d = r.delivery(); textOf(d) != waiting {
			t.Errorf("got %s, want %s", textOf(d), waiting)
		}
	}
}

func TestWhatAStreamHoldsComesAgainUnderItsIDAfterTheRelayStartedAnew(t *testing.T) {
	t.Parallel() // it waits for real time
	w := start(t, bots(bot("a", streamed)), nil)
	w.inject("a", "c1", "m1", "hi")
	r := w.read("/v1/bots/a/events")
	before := r.delivery()
	_, err := w.api.DisableBotWithResponse(background, "a")
	must(t, err)
	w.awaitState("a", client.BotStateDisabled)
	_, err = w.api.EnableBotWithResponse(background, "a")
	must(t, err)
	after := r.delivery() // the stream outlives the relay
	if after.Id != before.Id || *after.Cursor == *before.Cursor {
		t.Errorf("before %+v, after %+v", before, after)
	}
	w.ack(after.Id)
	w.awaitBuffered("a", 0)
}

func TestForwardsInterruptsAndUnreadableFramesComeInTheStream(t *testing.T) {
	w := start(t, bots(bot("a", streamed)), nil)
	w.awaitState("a", client.BotStateReady)
	r := w.read("/v1/bots/a/events")
	must(t, w.connector.Interrupt("a", interruptOf("s", "c1")))
	if d := r.delivery(); d.Kind != client.DeliveryKindInterrupt || *d.SessionKey != "s" {
		t.Errorf("got %+v", d)
	}
	_, err := w.connector.Passthrough("a", []byte(`{"platform":"telegram","method":"POST","path":"/p","headers":[],"bodyB64":"aGk="}`))
	must(t, err)
	d := r.delivery()
	if d.Kind != client.DeliveryKindPassthrough || (*d.Forward)["path"] != "/p" {
		t.Errorf("got %+v", d)
	}
	w.ack(d.Id)
	_, err = w.connector.Inject("a", []byte(`{"text":"hi","source":5}`))
	must(t, err)
	d = r.delivery()
	if d.Kind != client.DeliveryKindDeadLetter || *d.Error == "" {
		t.Errorf("got %+v", d)
	}
	w.ack(d.Id)
	w.awaitBuffered("a", 0)
}

func TestABotThatDeliversElsewhereHasNoStream(t *testing.T) {
	w := start(t, bots(bot("a", "deliver: {webhook: {url: 'http://127.0.0.1:1/', secret: {env: SIGNING}}}")), nil)
	response, body := w.do(http.MethodGet, "/v1/bots/a/events", "")
	wantProblem(t, response, body, http.StatusConflict, "not-streamed")
	response, body = w.do(http.MethodPost, "/v1/bots/a/acks", `{"ids":["x"]}`)
	wantProblem(t, response, body, http.StatusConflict, "not-streamed")
}

func TestAStreamInNoFormThatIsKnownIsRefused(t *testing.T) {
	w := start(t, bots(bot("a", streamed)), nil)
	response, body := w.do(http.MethodGet, "/v1/bots/a/events", "", "Accept", "text/html")
	wantProblem(t, response, body, http.StatusNotAcceptable, "not-acceptable")
}

func TestAClientMayAcknowledgeWhileItsBotDrains(t *testing.T) {
	w := start(t, bots(bot("a", streamed)), nil)
	w.inject("a", "c1", "m1", "hi")
	d := w.read("/v1/bots/a/events").delivery()
	_, err := w.api.DisableBotWithResponse(background, "a")
	must(t, err)
	if got := w.ack(d.Id); got.JSON200.Acknowledged != 1 {
		t.Errorf("acknowledged: %s", got.Body)
	}
	w.awaitState("a", client.BotStateDisabled)
	w.awaitBuffered("a", 0)
}

func TestAStreamEndsWhenItsBotLeaves(t *testing.T) {
	w := start(t, bots(bot("a", streamed)), nil)
	r := w.read("/v1/bots/a/events")
	w.write(bots(bot("b", streamed)))
	for {
		if _, err := r.lines.ReadByte(); errors.Is(err, io.EOF) {
			return
		} else {
			must(t, err)
		}
	}
}
