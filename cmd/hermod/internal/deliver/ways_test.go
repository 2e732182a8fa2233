package deliver_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"hermod/cmd/hermod/internal/api"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/deliver"
)

// A way of delivery is a field of config.Deliver. Each place that has to know it is looked at here.
func TestEveryWayOfDeliveryIsKnownEverywhere(t *testing.T) {
	ways := deliver.New(16)
	defer ways.Close()
	deliverers, described := ways.Deliverers(), describedWays(t)
	for i := range reflect.TypeFor[config.Deliver]().NumField() {
		var d config.Deliver
		field := reflect.TypeFor[config.Deliver]().Field(i)
		way := field.Tag.Get("json")
		reflect.ValueOf(&d).Elem().Field(i).Set(reflect.New(field.Type.Elem()))
		if got := d.Kind(); got != way {
			t.Errorf("config.Deliver.Kind says %q of the field %s, want %q", got, field.Name, way)
		}
		if deliverers[way] == nil {
			t.Errorf("deliver.Ways.Deliverers makes nothing for %q", way)
		}
		if !slices.Contains(described, way) {
			t.Errorf("api/openapi.json does not list %q as a bot's deliver", way)
		}
	}
}

func describedWays(t *testing.T) []string {
	t.Helper()
	var description struct {
		Components struct {
			Schemas struct {
				Bot struct {
					Properties struct {
						Deliver struct {
							Enum []string `json:"enum"`
						} `json:"deliver"`
					} `json:"properties"`
				} `json:"Bot"`
			} `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(api.Description, &description); err != nil {
		t.Fatal(err)
	}
	return description.Components.Schemas.Bot.Properties.Deliver.Enum
}
