package daemon

import (
	"log/slog"
	"sync"
	"time"

	"hermod/cmd/hermod/internal/config"
)

// saveInterval separates two tries to save.
const saveInterval = 10 * time.Second

// vault keeps credentials: on the disk, and in memory as long as the disk refuses them, since a connector issues some
// only once. Its methods may be called from any goroutine.
type vault struct {
	log *slog.Logger

	mu      sync.Mutex
	unsaved map[string]unsaved // by path
	retry   *time.Timer        // nil while everything is saved
	closed  bool
}

type unsaved struct {
	keeper
	bot  string
	kept kept
}

func newVault(log *slog.Logger) *vault { return &vault{log: log, unsaved: make(map[string]unsaved)} }

// load returns what is kept for a bot.
func (v *vault) load(k keeper, bot *config.Bot) (kept, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if waiting, ok := v.unsaved[k.path(bot.Name)]; ok {
		return waiting.kept.of(bot), nil
	}
	return k.load(bot, v.log.With("bot", bot.Name))
}

// save keeps credentials. What cannot be saved now is tried again until it can.
func (v *vault) save(k keeper, bot string, credentials kept) {
	v.mu.Lock()
	defer v.mu.Unlock()
	path := k.path(bot)
	err := k.save(bot, credentials)
	if err == nil {
		delete(v.unsaved, path)
		return
	}
	v.unsaved[path] = unsaved{k, bot, credentials}
	v.log.Error("the bot runs on credentials that would be lost with the daemon; they are saved as soon as that can be",
		"bot", bot, "err", err, "hint", "make the state folder writable")
	if v.retry == nil && !v.closed {
		v.retry = time.AfterFunc(saveInterval, v.saveAgain)
	}
}

func (v *vault) saveAgain() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return
	}
	v.retry = nil
	if v.saveAll(); len(v.unsaved) > 0 {
		v.retry = time.AfterFunc(saveInterval, v.saveAgain)
	}
}

// saveAll tries each once. The caller holds the lock.
func (v *vault) saveAll() {
	for path, u := range v.unsaved {
		if u.save(u.bot, u.kept) == nil {
			delete(v.unsaved, path)
			v.log.Info("the bot's credentials are saved", "bot", u.bot)
		}
	}
}

// close tries a last time and says what is lost.
func (v *vault) close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed = true; v.retry != nil {
		v.retry.Stop()
	}
	v.saveAll()
	for _, u := range v.unsaved {
		v.log.Error("the credentials that were issued to the bot are lost: enrol with a new token", "bot", u.bot)
	}
}
