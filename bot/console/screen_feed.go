package console

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"strconv"
	"strings"
	"sync"
	"time"

	"olle/bot"
	"olle/bot/gate"
	"olle/flows"
	"olle/storage"
)

// feed keeps what big screens show in step with the store. An answer costs it a key in a set, taken from the store's hint: nothing is
// read for it and nothing written. Hints may be lost; so while answers come, and a moment after, the keys are listed once more.
type feed struct {
	store storage.Store
	log   *slog.Logger

	mu     sync.Mutex
	rooms  map[string]*room
	hearts int            // kinds being watched; all of them: hints can be relied on
	pages  int            // open
	houses map[string]int // pages open by household
}

// room is one quiz that somebody looks at.
type room struct {
	code    string
	loading sync.Mutex // one reading at a time

	quiz    flows.Quiz
	tally   flows.QuizTally
	places  []flows.QuizPlace
	players map[string]bool
	answers map[string]bool // of the question number
	number  int
	touched time.Time // last hint of an answer or player
	listed  time.Time // last time the keys were listed
	seen    time.Time // last time somebody looked
	changed chan struct{}
}

const (
	screenKinds  = 4                     // quiz, answer, player, tally
	screenQuiet  = 60 * time.Millisecond // after the last hint the keys are listed once more
	screenAtMost = 3 * time.Second       // and while they keep coming, so often
	screenGone   = 10 * time.Minute      // a quiz nobody looks at is forgotten
	maxRooms     = 200
)

func newFeed(store storage.Store, log *slog.Logger) *feed {
	return &feed{store: store, log: log, rooms: map[string]*room{}, houses: map[string]int{}}
}

// run follows the store until ctx ends.
func (f *feed) run(ctx context.Context) {
	var all sync.WaitGroup
	for _, kind := range []string{"quiz", "answer", "player", "tally"} {
		all.Go(func() { f.watch(ctx, kind) })
	}
	all.Go(func() { f.tick(ctx) })
	all.Wait()
}

// watch hears the hints of one kind, and begins again when they end.
func (f *feed) watch(ctx context.Context, kind string) {
	for ctx.Err() == nil {
		hints, err := f.store.Watch(ctx, kind)
		if err != nil {
			f.log.Warn("cannot follow the store; screens read everything meanwhile", "kind", kind, "err", err)
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
			continue
		}
		f.heart(1)
		f.stale(ctx)
		for key := range hints {
			f.hint(ctx, key)
		}
		f.heart(-1)
	}
}

func (f *feed) heart(n int) {
	f.mu.Lock()
	f.hearts += n
	f.mu.Unlock()
}

// enter counts a page of a network address that opens, and returns what counts it closed; false: there are too many.
func (f *feed) enter(peer string) (leave func(), ok bool) {
	house, times := gate.Household(peer)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pages >= maxWatchers || f.houses[house] >= maxHouseWatchers*times {
		return nil, false
	}
	f.count(house, 1)
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.count(house, -1)
	}, true
}

// count adds open pages. The caller holds f.mu.
func (f *feed) count(house string, n int) {
	f.pages += n
	if f.houses[house] += n; f.houses[house] == 0 {
		delete(f.houses, house)
	}
}

// stale reads every room anew: anything may have changed.
func (f *feed) stale(ctx context.Context) {
	f.mu.Lock()
	rooms := maps.Clone(f.rooms)
	f.mu.Unlock()
	for _, r := range rooms {
		f.reread(ctx, r, true)
	}
}

// reread reads a room, and leaves what cannot be read as it is.
func (f *feed) reread(ctx context.Context, r *room, keys bool) {
	if err := f.read(ctx, r, keys); err != nil && ctx.Err() == nil {
		f.log.Warn("a screen cannot be brought up to date", "err", err)
	}
}

// hint hears that a document changed.
func (f *feed) hint(ctx context.Context, key string) {
	if key == "" {
		f.stale(ctx)
		return
	}
	part := strings.Split(key, "/")
	if len(part) < 2 {
		return
	}
	f.mu.Lock()
	r := f.rooms[part[1]]
	if r != nil && part[0] == "answer" && len(part) == 4 && part[2] == strconv.Itoa(r.number) {
		r.answers[part[3]] = true
		r.touch()
	} else if r != nil && part[0] == "player" && len(part) == 3 {
		r.players[part[2]] = true
		r.touch()
	}
	f.mu.Unlock()
	if r != nil && (part[0] == "quiz" || part[0] == "tally") {
		f.reread(ctx, r, false)
	}
}

// touch notes a change and wakes whoever looks. The caller holds f.mu.
func (r *room) touch() {
	r.touched = time.Now()
	r.wake()
}

func (r *room) wake() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// tick lists keys where hints came, and forgets rooms nobody looks at.
func (f *feed) tick(ctx context.Context) {
	each := time.NewTicker(screenQuiet / 2)
	defer each.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-each.C:
		}
		now := time.Now()
		var sure []*room
		f.mu.Lock()
		for code, r := range f.rooms {
			switch {
			case now.Sub(r.seen) > screenGone:
				delete(f.rooms, code)
			case r.touched.After(r.listed) && (now.Sub(r.touched) > screenQuiet || now.Sub(r.listed) > screenAtMost):
				sure = append(sure, r)
			}
		}
		f.mu.Unlock()
		for _, r := range sure {
			f.reread(ctx, r, true)
		}
	}
}

// look returns the room of a quiz, nil if there is no such quiz.
func (f *feed) look(ctx context.Context, code string) (*room, error) {
	f.mu.Lock()
	r := f.rooms[code]
	sure := f.hearts == screenKinds
	if r != nil {
		r.seen = time.Now()
	}
	f.mu.Unlock()
	if r != nil && sure {
		return r, nil
	}
	if r == nil {
		var q flows.Quiz
		if err := f.load(ctx, &q, flows.QuizKey(code)); err != nil || q.Code == "" {
			return nil, err
		}
		f.mu.Lock()
		if r = f.rooms[code]; r == nil {
			if len(f.rooms) >= maxRooms {
				clear(f.rooms)
			}
			r = &room{code: code, players: map[string]bool{}, answers: map[string]bool{}, changed: make(chan struct{}), seen: time.Now()}
			f.rooms[code] = r
		}
		f.mu.Unlock()
	}
	return r, f.read(ctx, r, true)
}

// read reads the quiz, its count, and with keys who is in and who answered.
func (f *feed) read(ctx context.Context, r *room, keys bool) error {
	r.loading.Lock()
	defer r.loading.Unlock()
	began := time.Now()
	var q flows.Quiz
	var y flows.QuizTally
	if err := f.load(ctx, &q, flows.QuizKey(r.code)); err != nil || q.Code == "" {
		return err
	}
	if q.Number > 0 {
		if err := f.load(ctx, &y, flows.QuizTallyKey(q.Code, q.Number)); err != nil {
			return err
		}
	}
	var places []flows.QuizPlace
	var err error
	if q.Board || q.State == flows.QuizEnded {
		if places, err = flows.QuizStanding(bot.Source(ctx, f.store), &q); err != nil {
			return err
		}
	}
	f.mu.Lock()
	fresh := q.Number != r.number
	if fresh {
		r.number, r.answers = q.Number, map[string]bool{} // hints of the new question are taken from here on
	}
	r.quiz, r.tally, r.places = q, y, places
	r.wake()
	f.mu.Unlock()
	if !keys && !fresh {
		return nil
	}
	players, answers := map[string]bool{}, map[string]bool{}
	err = f.names(ctx, flows.QuizPlayersKey(q.Code), players)
	if err == nil && q.Number > 0 {
		err = f.names(ctx, flows.QuizAnswersKey(q.Code, q.Number), answers)
	}
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !r.touched.After(began) { // nothing came meanwhile: what is listed is all, and what is gone is gone
		r.players, r.answers = players, answers
	} else {
		maps.Copy(r.players, players)
		if r.number == q.Number {
			maps.Copy(r.answers, answers)
		}
	}
	r.listed = began
	r.wake()
	return nil
}

func (f *feed) load(ctx context.Context, into any, key string) error {
	docs, err := f.store.Load(ctx, key)
	if err == nil && docs[0].Data != nil {
		err = json.Unmarshal(docs[0].Data, into)
	}
	if err != nil {
		return fmt.Errorf("console: screen: %w", err)
	}
	return nil
}

// names lists the last parts of keys.
func (f *feed) names(ctx context.Context, prefix string, into map[string]bool) error {
	for d, err := range storage.Each(ctx, f.store, prefix) {
		if err != nil {
			return fmt.Errorf("console: screen: %w", err)
		}
		into[strings.TrimPrefix(d.Key, prefix)] = true
	}
	return nil
}
