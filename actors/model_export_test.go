package actors

// WithJitter returns cfg with a jitter of the test's choice, so that a run can be repeated.
func WithJitter(cfg Config, jitter func() float64) Config {
	cfg.jitter = jitter
	return cfg
}
