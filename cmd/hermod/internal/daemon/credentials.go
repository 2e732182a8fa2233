package daemon

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"

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
func (k keeper) load(bot *config.Bot, log *slog.Logger) (kept, error) {
	nothing := kept{URL: bot.URL, GatewayID: bot.GatewayID}
	content, err := readOwn(k.path(bot.Name), log)
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
	return found.of(bot), nil
}

// of is what is kept if it is this bot's still, else nothing.
func (k kept) of(bot *config.Bot) kept {
	if k.URL != bot.URL || k.GatewayID != bot.GatewayID {
		return kept{URL: bot.URL, GatewayID: bot.GatewayID}
	}
	return k
}

// errForeign: somebody else may have written the credentials, so that the bot would dial as the wrong gateway.
var errForeign = errors.New("other users of this machine may write it")

// readOwn reads a file that only its owner may use. One that others may read is closed to them; one that others may
// write, or whose folder they may, is refused.
func readOwn(path string, log *slog.Logger) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	folder, err := os.Stat(filepath.Dir(path))
	switch {
	case err != nil:
		return nil, err
	case runtime.GOOS == "windows": // has no such modes
	case (info.Mode().Perm()|folder.Mode().Perm())&0o022 != 0:
		return nil, &fs.PathError{Op: "trust", Path: path, Err: errForeign}
	case info.Mode().Perm()&0o077 != 0:
		log.Warn("other users of this machine could read the credentials that were issued; the file is closed to them now: have new credentials issued if you do not trust them",
			"file", path, "mode", fmt.Sprintf("%04o", info.Mode().Perm()))
		if err := file.Chmod(0o600); err != nil {
			return nil, err
		}
	}
	return io.ReadAll(file)
}

// prepare finds out whether credentials can be saved, by saving something else.
func (k keeper) prepare() error {
	if err := os.MkdirAll(filepath.Dir(k.path("")), 0o700); err != nil {
		return err
	}
	return CheckState(k.folder)
}

// CheckState finds out whether credentials can be kept in a state folder, by writing a file that it removes again. A
// folder that is not there yet is not made: its nearest parent is tried.
func CheckState(folder string) error {
	nearest := filepath.Join(folder, "credentials")
	for {
		_, err := os.Lstat(nearest)
		if parent := filepath.Dir(nearest); errors.Is(err, fs.ErrNotExist) && parent != nearest {
			nearest = parent
			continue
		}
		break
	}
	path, err := writeNew(nearest, []byte("can credentials be kept here?\n"))
	if path != "" {
		err = errors.Join(err, os.Remove(path))
	}
	return err
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
	written, err := writeNew(filepath.Dir(path), append(content, '\n'))
	if written != "" {
		defer func() { _ = os.Remove(written) }()
	}
	if err != nil {
		return err
	}
	return os.Rename(written, path)
}

// writeNew writes a new file, readable by its owner only, to the disk. The caller removes it, even if the write failed;
// the path is "" if there is none.
func writeNew(folder string, content []byte) (path string, err error) {
	file, err := os.CreateTemp(folder, ".new-*")
	if err != nil {
		return "", err
	}
	_, err = file.Write(content)
	return file.Name(), errors.Join(err, file.Sync(), file.Close())
}
