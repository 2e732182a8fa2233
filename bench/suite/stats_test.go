package suite

import (
	"slices"
	"testing"

	"hermod/bench/draw"
)

func TestSummaryIsMedianAndRange(t *testing.T) {
	for _, tc := range []struct {
		values []float64
		want   Summary
	}{
		{[]float64{3}, Summary{3, 3, 3, 1}},
		{[]float64{9, 1, 5}, Summary{5, 1, 9, 3}},
		{[]float64{4, 1, 3, 2}, Summary{2.5, 1, 4, 4}},
		{[]float64{5, 5, 100, 5, -1}, Summary{5, -1, 100, 5}},
	} {
		before := slices.Clone(tc.values)
		if got := summarize(tc.values); got != tc.want {
			t.Errorf("%v: %+v, want %+v", tc.values, got, tc.want)
		}
		if !slices.Equal(tc.values, before) {
			t.Errorf("%v became %v: the order of runs is what pairs them", before, tc.values)
		}
	}
}

func TestRatiosAreTakenRunByRun(t *testing.T) {
	fast, slow := []float64{10, 40, 90}, []float64{10, 20, 30} // the machine got faster, for both
	if got := paired(fast, slow, ratio); !slices.Equal(got, []float64{1, 2, 3}) {
		t.Errorf("ratios %v", got)
	}
	if got := paired(fast, slow[:2], difference); !slices.Equal(got, []float64{0, 20}) {
		t.Errorf("differences %v", got)
	}
}

func TestFiguresAreShownWithAUnitThatSuitsThem(t *testing.T) {
	for _, tc := range []struct{ got, want string }{
		{rate(1_452_000), "1.45 M/s"}, {rate(999_600), "1.00 M/s"}, {rate(402_400), "402 k/s"}, {rate(23_450), "23.4 k/s"}, {rate(12), "12 /s"},
		{nanoseconds(140_400), "140 µs"}, {nanoseconds(999_600), "1.00 ms"}, {nanoseconds(2_500_000_000), "2.50 s"}, {nanoseconds(64), "64 ns"},
		{size(6144), "6 KiB"}, {size(1023.9), "1.00 KiB"}, {size(512), "512 B"}, {size(3 << 20), "3 MiB"}, {size(1 << 30), "1 GiB"},
		{figures(0), "0"}, {figures(40), "40"}, {figures(0.0478), "0.048"}, {figures(0.0001), "<0.001"}, {figures(13.37), "13.4"},
		{seconds(1.234), "1.23 s"}, {times(0.758), "0.76×"}, {share(0.9876), "98.8 %"},
		{draw.Thousands(20), "20"}, {draw.Thousands(10_000), "10,000"}, {draw.Thousands(2_000_000), "2,000,000"},
	} {
		if tc.got != tc.want {
			t.Errorf("%q, want %q", tc.got, tc.want)
		}
	}
}
