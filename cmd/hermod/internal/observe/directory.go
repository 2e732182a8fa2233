package observe

import (
	"sync/atomic"

	"hermod/cmd/hermod/internal/config"
)

// directory knows the platform of each bot of the configuration in force. It may be used from any goroutine.
type directory struct {
	config func() *config.Config
	cached atomic.Pointer[page]
}

// page is what one configuration says.
type page struct {
	config    *config.Config
	platforms map[string]string
}

func (d *directory) page() *page {
	current := d.config()
	if known := d.cached.Load(); known != nil && known.config == current {
		return known
	}
	p := &page{config: current, platforms: make(map[string]string)}
	if current != nil {
		for _, bot := range current.Bots {
			p.platforms[bot.Name] = platformOf(bot)
		}
	}
	d.cached.Store(p)
	return p
}

// platform returns the label of a bot, other for one that left the configuration.
func (p *page) platform(bot string) string {
	if platform := p.platforms[bot]; platform != "" {
		return platform
	}
	return other
}
