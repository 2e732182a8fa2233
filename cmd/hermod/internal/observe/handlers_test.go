package observe_test

import (
	"log/slog"
	"reflect"
	"testing"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/observe"
)

// unmeasured are the handlers that take no delivery.
var unmeasured = map[string]bool{"Fatal": true}

func TestEveryHandlerOfADeliveryIsMeasured(t *testing.T) {
	var handlers actors.Handlers
	given := reflect.ValueOf(&handlers).Elem()
	for i := range given.NumField() {
		given.Field(i).Set(reflect.MakeFunc(given.Field(i).Type(), func([]reflect.Value) []reflect.Value { panic("not called") }))
	}
	observer, err := observe.New(observe.Options{Config: func() *config.Config { return &config.Config{} },
		Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer observer.Close(t.Context())
	measured := reflect.ValueOf(observer.Handlers(&config.Bot{}, handlers))
	for i := range given.NumField() {
		name := given.Type().Field(i).Name
		if same := measured.Field(i).Pointer() == given.Field(i).Pointer(); same != unmeasured[name] {
			t.Errorf("handlers.go: Observer.Handlers leaves %s alone: %v, want %v", name, same, unmeasured[name])
		}
	}
}
