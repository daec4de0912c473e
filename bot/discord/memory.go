package discord

import (
	"context"
	"maps"
	"strconv"
	"strings"
	"sync"
	"time"

	"olle/bot"
)

// Memory keeps a few short strings by key. It may lose the last seconds: what is there is a hint, the door has the truth.
type Memory interface {
	Get(ctx context.Context, key string) (string, error)     // "": unknown
	Put(ctx context.Context, values map[string]string) error // all at once, if it can; "" forgets
	All(ctx context.Context, prefix string) (map[string]string, error)
}

// forgetful is the Memory of a bot that has none.
type forgetful struct {
	mu   sync.Mutex
	kept map[string]string
}

func newForgetful() *forgetful { return &forgetful{kept: map[string]string{}} }

func (f *forgetful) Get(_ context.Context, key string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.kept[key], nil
}

func (f *forgetful) Put(_ context.Context, values map[string]string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	maps.Copy(f.kept, values)
	maps.DeleteFunc(f.kept, func(_, value string) bool { return value == "" })
	return nil
}

func (f *forgetful) All(_ context.Context, prefix string) (map[string]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	found := maps.Clone(f.kept)
	maps.DeleteFunc(found, func(k, _ string) bool { return !strings.HasPrefix(k, prefix) })
	return found, nil
}

// memory writes behind: what changes often goes out every few seconds, and only its last value.
//
// Keys: "dm/USER" the channel of the private chat; "seen/CHANNEL" the last message on record there, with the server's number for a
// channel of a server; "session/SHARD-COUNT" a gateway session.
type memory struct {
	under Memory
	mu    sync.Mutex
	dirty map[string]string
	dms   map[string]string // by user
	seen  map[string]string // newest message on record, by channel
	known map[string]bool   // channels that the lasting memory knows of
}

func newMemory(under Memory) *memory {
	return &memory{under: under, dirty: map[string]string{}, dms: map[string]string{}, seen: map[string]string{}, known: map[string]bool{}}
}

// dm returns the channel of a private chat, "" when none is known.
func (m *memory) dm(ctx context.Context, user string) string {
	m.mu.Lock()
	channel, ok := m.dms[user]
	m.mu.Unlock()
	if ok {
		return channel
	}
	channel, err := m.under.Get(ctx, "dm/"+user)
	if err != nil || channel == "" {
		return "" // opening it again gives the same one
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dms[user] = channel
	return channel
}

// remember notes the channel of a private chat; "" forgets it.
func (m *memory) remember(user, channel string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if old, ok := m.dms[user]; ok && old == channel {
		return
	}
	m.dms[user], m.dirty["dm/"+user] = channel, channel
	if channel == "" {
		delete(m.dms, user)
	}
}

// introduce writes a channel down at once, before the first message there is handled: a channel nobody remembers is not looked
// through after a crash. What is seen there later may be written behind, since an older mark only means looking at more.
func (m *memory) introduce(ctx context.Context, user, channel, guild, message string) error {
	m.mu.Lock()
	known := m.known[channel]
	m.mu.Unlock()
	if known {
		return nil
	}
	old, err := m.under.Get(ctx, "seen/"+channel)
	if err != nil {
		return err
	}
	fresh := map[string]string{}
	if old == "" {
		fresh["seen/"+channel] = strings.TrimSpace(before(message) + " " + guild)
	}
	if user != "" {
		fresh["dm/"+user] = channel
	}
	if err := m.under.Put(ctx, fresh); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known[channel] = true
	return nil
}

// before is the number just below a message's.
func before(message string) string {
	n, err := strconv.ParseUint(message, 10, 64)
	if err != nil || n == 0 {
		return "0"
	}
	return strconv.FormatUint(n-1, 10)
}

// saw notes that a message is on record. An older one than is noted changes nothing.
func (m *memory) saw(channel, guild, message string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if newer(message, m.seen[channel]) {
		m.seen[channel] = message
		m.dirty["seen/"+channel] = strings.TrimSpace(message + " " + guild)
	}
}

// newest says that no later message of the channel is known.
func (m *memory) newest(channel, message string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return !newer(m.seen[channel], message)
}

// newer compares two numbers of messages, which grow with time.
func newer(a, b string) bool { return len(a) > len(b) || len(a) == len(b) && a > b }

func (m *memory) put(key, value string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dirty[key] = value
}

// withdraw forgets a change that is not written yet.
func (m *memory) withdraw(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.dirty, key)
}

// flush writes what has changed. What fails stays for the next time, unless it has changed again.
func (m *memory) flush(ctx context.Context) error {
	m.mu.Lock()
	out := m.dirty
	m.dirty = map[string]string{}
	m.mu.Unlock()
	if len(out) == 0 {
		return nil
	}
	err := m.under.Put(ctx, out)
	if err != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		for key, value := range out {
			if _, changed := m.dirty[key]; !changed {
				m.dirty[key] = value
			}
		}
	}
	return err
}

// keep flushes until ctx ends.
func (d *Discord) keep(ctx context.Context) {
	for bot.Pause(ctx, 2*time.Second) {
		if err := d.memory.flush(ctx); err != nil && ctx.Err() == nil {
			d.log.Warn("memory not written", "platform", "discord", "err", err)
		}
	}
}

// keepLast flushes when everything has come to rest.
func (d *Discord) keepLast(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := d.memory.flush(ctx); err != nil {
		d.log.Warn("memory not written", "platform", "discord", "err", err)
	}
}
