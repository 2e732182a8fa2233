package remote

import "net/http"

// Lasting lets answers go on for as long as they come, instead of for Timeout. It is called before the first request.
func (d *Daemon) Lasting() { d.Client.Client.(*http.Client).Timeout = 0 }
