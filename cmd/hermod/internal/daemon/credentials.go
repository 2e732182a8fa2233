package daemon

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/config"
	"hermod/wire"
)

// kept are the credentials that a connector issued to a bot, as its file holds them. An enrolment token can be spent
// once, so they outlive the daemon.
type kept struct {
	URL         string `json:"url"`
	GatewayID   string `json:"gateway_id"`
	Secret      string `json:"secret"`
	DeliveryKey string `json:"delivery_key"`
	Tenant      string `json:"tenant"`
	// EnrolledWith is the digest of the enrolment token that was spent: another token means to enrol again.
	EnrolledWith string `json:"enrolled_with,omitempty"`
}

func (k kept) credentials() wire.Credentials {
	return wire.Credentials{GatewayID: k.GatewayID, Secret: wire.Secret(k.Secret),
		DeliveryKey: wire.Secret(k.DeliveryKey), Tenant: k.Tenant}
}

// update takes over what was issued and says whether that is news.
func (k *kept) update(c wire.Credentials) bool {
	before := *k
	k.GatewayID, k.Secret, k.DeliveryKey, k.Tenant = c.GatewayID, c.Secret.Reveal(), c.DeliveryKey.Reveal(), c.Tenant
	return *k != before
}

func digestOf(token wire.Secret) string {
	sum := sha256.Sum256([]byte(token.Reveal()))
	return hex.EncodeToString(sum[:])
}

// keeper keeps credentials in a folder, a file for each bot.
type keeper struct{ folder string }

func (k keeper) path(bot string) string { return filepath.Join(k.folder, "credentials", bot+".json") }

// load returns what is kept for a bot; nothing when it was issued by another connector or for another gateway.
func (k keeper) load(bot *config.Bot) (kept, error) {
	nothing := kept{URL: bot.URL, GatewayID: bot.GatewayID}
	content, err := os.ReadFile(k.path(bot.Name))
	if errors.Is(err, fs.ErrNotExist) {
		return nothing, nil
	}
	var found kept
	if err == nil {
		err = json.Unmarshal(content, &found)
	}
	if err != nil {
		return nothing, fmt.Errorf("read the credentials that were issued to %s: %w", bot.Name, err)
	}
	if found.URL != bot.URL || found.GatewayID != bot.GatewayID {
		return nothing, nil
	}
	return found, nil
}

// save replaces what is kept for a bot in one step, so that no crash leaves half of it.
func (k keeper) save(bot string, credentials kept) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("keep the credentials that were issued to %s: %w", bot, err)
		}
	}()
	path := k.path(bot)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	content, err := json.Marshal(credentials)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".new-*") // readable by its owner only
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = file.Write(append(content, '\n'))
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
