package actors

// WithDraw returns cfg with a jitter of the test's choice, so that a run can be repeated.
func WithDraw(cfg Config, draw func() float64) Config {
	cfg.draw = draw
	return cfg
}
