package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"olle/flows"
	"olle/storage"
)

var letters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// newSession makes a secret of 160 random bits: who has it has the talk.
func newSession() string { return randomName(20) }

func randomName(bytes int) string {
	b := make([]byte, bytes)
	rand.Read(b) // never fails since Go 1.24
	return letters.EncodeToString(b)
}

// addressOf is where the talk of a session is kept. The secret cannot be told from it, so it may be logged and exported.
func addressOf(session string) flows.Address {
	sum := sha256.Sum256([]byte(session))
	return flows.Address("web:" + letters.EncodeToString(sum[:])[:26])
}

func sessionKey(a flows.Address) string { return "web/" + strings.TrimPrefix(string(a), "web:") }

type sessionRecord struct {
	Begun time.Time `json:"begun"`
}

// renew makes of d, the document of the session at a as it stands, the one to write now: a first one, or one that lasts longer; false: the
// present one will do.
func (w *Web) renew(d *storage.Doc, a flows.Address) bool {
	now := w.opt.Now()
	r := sessionRecord{Begun: now}
	if d.Rev != 0 {
		if d.Until.Sub(now) > keepFor-24*time.Hour {
			return false
		}
		if json.Unmarshal(d.Data, &r) != nil {
			r.Begun = now
		}
	}
	*d = storage.Doc{Key: sessionKey(a), Until: now.Add(keepFor), Data: flows.Must(r)}
	return true
}

// known says which talk a session has, and whether there is such a talk.
func (w *Web) known(ctx context.Context, session string) (flows.Address, error) {
	a := addressOf(session)
	docs, err := w.opt.Store.Load(ctx, sessionKey(a))
	if err != nil {
		return a, fmt.Errorf("web: look up a session: %w", err)
	}
	if docs[0].Rev == 0 {
		return a, errNoSession
	}
	return a, nil
}
