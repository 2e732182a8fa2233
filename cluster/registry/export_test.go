package registry

// Bound has a test's keys take fewer bytes.
func (k *Keys) Bound(bytes int) { k.limit = bytes }
