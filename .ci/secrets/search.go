package main

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// shortest is how long a secret is that can be told from other text. Tests also use shorter ones, for what has nothing
// to do with secrecy.
const shortest = 8

// shown is a text and where it came from.
type shown struct{ kind, callers, text string }

// search prints the places that show a secret, each with its first text, and returns how many there are.
func search(recording string, out io.Writer) (int, error) {
	content, err := os.ReadFile(recording)
	if err != nil {
		return 0, err
	}
	texts, secrets := read(content)
	if len(texts) == 0 || len(secrets) == 0 {
		return 0, fmt.Errorf("the recording has %d texts and %d secrets: nothing was watched", len(texts), len(secrets))
	}
	places := map[string]string{}
	for _, s := range texts {
		secret := tokenIn(s.text)
		for i := 0; secret == "" && i < len(secrets); i++ {
			if strings.Contains(s.text, secrets[i]) {
				secret = secrets[i]
			}
		}
		if secret == "" || excused(s) {
			continue
		}
		place := s.kind + " at " + cmp.Or(s.callers, "an unknown place")
		if _, known := places[place]; !known {
			places[place] = fmt.Sprintf("shows %q: %.300q", secret, around(s.text, secret))
		}
	}
	fmt.Fprintf(out, "searched %d MB, %d different texts, for %d secrets and for tokens\n",
		len(content)>>20, len(texts), len(secrets))
	for _, place := range slices.Sorted(maps.Keys(places)) {
		fmt.Fprintf(out, "%s\n\t%s\n", place, places[place])
	}
	return len(places), nil
}

// read returns each text once for each place, and the secrets, longest first.
func read(content []byte) (texts []shown, secrets []string) {
	known, seen := map[string]bool{}, map[shown]bool{}
	for record := range bytes.SplitSeq(content, []byte{0}) {
		kind, rest, _ := strings.Cut(string(record), "\x1f")
		callers, text, _ := strings.Cut(rest, "\x1f")
		s := shown{kind, callers, text}
		switch {
		case kind == "secret" && isSecret(text):
			known[text] = true
		case kind == "secret" || len(text) < shortest || seen[s]:
		default:
			seen[s] = true
			texts = append(texts, s)
		}
	}
	for secret := range maps.Keys(known) {
		secrets = append(secrets, secret)
		if encoded := base64.StdEncoding.EncodeToString([]byte(secret)); len(encoded) >= 2*shortest {
			secrets = append(secrets, strings.TrimRight(encoded, "=")) // keys of webhooks are written so
		}
	}
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return texts, secrets
}

// isSecret says whether a key that was used is one that would be known again in a text.
func isSecret(key string) bool {
	return len(key) >= shortest && utf8.ValidString(key) && strings.Trim(key, key[:1]) != "" &&
		!slices.Contains(innocent, key)
}

var (
	longWord = regexp.MustCompile(`[A-Za-z0-9_-]{90,}`)
	token    = regexp.MustCompile(`:[0-9]+:[0-9a-f]{64}$`)
)

// tokenIn returns a token of the protocol that is in the text, or "".
func tokenIn(text string) string {
	for _, word := range longWord.FindAllString(text, -1) {
		if decoded, err := base64.RawURLEncoding.DecodeString(word); err == nil && token.Match(decoded) {
			return word
		}
	}
	return ""
}

// around is the part of the text that shows the secret.
func around(text, secret string) string {
	at := strings.Index(text, secret)
	return text[max(0, at-100):min(len(text), at+len(secret)+100)]
}
