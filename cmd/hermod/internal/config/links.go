package config

import (
	"fmt"
	"strings"

	"hermod/wire"
)

// links are the bots that run, by the connector and gateway that they dial as, in the order of the file.
type links struct {
	order []string
	bots  map[string][]string
}

func (l *links) add(bot *Bot) {
	dial, err := wire.DialURL(bot.URL)
	if err != nil || !bot.Enabled {
		return
	}
	link := dial + "\x00" + bot.GatewayID
	if l.bots == nil {
		l.bots = make(map[string][]string)
	}
	if l.bots[link] == nil {
		l.order = append(l.order, link)
	}
	l.bots[link] = append(l.bots[link], bot.Name)
}

// note tells of bots that a connector takes for one gateway, in one note for each gateway, however many they are.
func (l *links) note(c *checker) {
	for _, link := range l.order {
		if names := l.bots[link]; len(names) > 1 {
			c.note("bots %s dial the same connector under the same gateway_id: most connectors let one of them connect"+
				" at a time; give each a gateway_id, or list their identities under one bot", enumerate(names))
		}
	}
}

// enumerate names the first few and counts the rest.
func enumerate(names []string) string {
	const shown = 3
	if rest := len(names) - shown; rest > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), rest)
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
