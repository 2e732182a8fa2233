package campaign

import (
	"errors"
	"testing"
)

func TestACampaignThatPlaysNothingIsRefused(t *testing.T) {
	for _, o := range []Options{{Schedules: 0, Worlds: 8}, {Schedules: -1, Worlds: 8}, {Schedules: 1},
		{Schedules: 1, Worlds: -1, Clusters: 3}, {Schedules: 1, Worlds: 1, Clusters: -1}} {
		if err := o.Prepare(); !errors.Is(err, errNothing) {
			t.Errorf("%+v: error %v", o, err)
		}
	}
}
