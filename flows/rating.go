package flows

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Rating compares policies by a grid of the event pack: areas of practice, each with levels that are described. Everybody rates in
// private; nobody, organisers among them, sees anything until all is revealed at once; then the spread comes before countries and names, and
// those are shown only of people who agreed.
//
// # The documents
//
//	rating/GRID        the Rating, a round; written by its own turns (rating_turn.go)
//	rating/GRID/NAME   one person's RatingSheet, put by that person's turn, which checks the round's revision
//	meet/ID            an introduction two people agree to, or not (rating_meet.go)
//
// Revealing writes the round, and so freezes the sheets: a rating that comes at that moment conflicts, is played again and hears that it is
// too late. Whoever counts afterwards counts everything.

// Grid is a grid of ratings/*.yaml.
type Grid struct {
	Name     string // of the file
	Title    string
	Intro    string
	Template bool     // not confirmed by the organisers yet; everybody is told
	Levels   []string // what the levels are called, the lowest first
	Areas    []Area
}

// Area is one thing to rate.
type Area struct {
	ID, Name string
	About    string   // what to think of
	Levels   []string // what each level means here, as many as the grid has
}

// Sentences lists what the grid says, by the keys under which texts of other languages say it.
func (g *Grid) Sentences() map[string]string {
	at := "ratings." + g.Name + "."
	said := map[string]string{at + "title": g.Title, at + "intro": g.Intro}
	for i, l := range g.Levels {
		said[fmt.Sprint(at, "level.", i+1)] = l
	}
	for _, a := range g.Areas {
		said[at+a.ID+".name"], said[at+a.ID+".about"] = a.Name, a.About
		for i, l := range a.Levels {
			said[fmt.Sprint(at, a.ID, ".", i+1)] = l
		}
	}
	return said
}

// Area returns the area with that ID, nil if there is none.
func (g *Grid) Area(id string) *Area {
	i := slices.IndexFunc(g.Areas, func(a Area) bool { return a.ID == id })
	if i < 0 {
		return nil
	}
	return &g.Areas[i]
}

// sign names what a level of the area means: a rating given by another sign was given to another question.
func (a *Area) sign() string {
	sum := sha256.Sum256([]byte(a.Name + "\n" + strings.Join(a.Levels, "\n")))
	return hex.EncodeToString(sum[:6])
}

// States of a round of rating.
const (
	ratingOpen     = "open"
	ratingRevealed = "revealed"
	ratingClosed   = "closed"
)

// Rating is a round of rating by one grid.
type Rating struct {
	Grid     string
	State    string    // "" it never began
	Opened   time.Time `json:",omitzero"`
	Revealed time.Time `json:",omitzero"` // what was rated may be seen since; it may when the round is closed, too
	Closed   time.Time `json:",omitzero"`
}

// Seen says whether what was rated may be seen.
func (r Rating) Seen() bool { return !r.Revealed.IsZero() && r.State != ratingOpen }

// RatingSheet is what one person rated.
type RatingSheet struct {
	Levels  map[string]Rated // by area
	Show    string           `json:",omitempty"` // "nobody", "country", "name": what others may see beside the spread; "" not asked yet
	Country string           `json:",omitempty"` // ISO code, where it may be shown
	Name    string           `json:",omitempty"` // where it may be shown
	Offers  []string         `json:",omitempty"` // areas they would tell others about
	At      time.Time
}

// Rated is one answer: the level, of how many, and the sign of the area it was given for.
type Rated struct {
	Level, Of int
	Sign      string
}

// LeastRaters is how many must have rated before anything is revealed: in a smaller group the spread would give single people away.
const LeastRaters = 3

// RatingKey is where a round lies, ratingSheetsKey the prefix of its sheets.
func RatingKey(grid string) string       { return "rating/" + grid }
func ratingSheetsKey(grid string) string { return RatingKey(grid) + "/" }

func sheetKey(grid, person string) string {
	return ratingSheetsKey(grid) + PersonName(person)
}

// counts says whether an answer counts for the area as it is now. One given before the descriptors were changed does, as long as there are
// as many levels: it is the person's to change.
func (r Rated) counts(g *Grid) bool {
	return r.Level >= 1 && r.Level <= len(g.Levels) && r.Of == len(g.Levels)
}

// todo lists the areas without an answer, and those whose words have changed since it was given.
func (s *RatingSheet) todo(g *Grid) (ids []string) {
	for i := range g.Areas {
		if r := s.Levels[g.Areas[i].ID]; !r.counts(g) || r.Sign != g.Areas[i].sign() {
			ids = append(ids, g.Areas[i].ID)
		}
	}
	return ids
}

// stale says whether the grid is not the one these answers were given by.
func (s *RatingSheet) stale(g *Grid) bool {
	for id, r := range s.Levels {
		if a := g.Area(id); a == nil || a.sign() != r.Sign || r.Of != len(g.Levels) {
			return true
		}
	}
	return false
}

// ReadRating reads a round and its grid; ok is false when the pack has no such grid.
func ReadRating(src Source, e *Event, grid string) (g *Grid, r Rating, at Doc, err error) {
	g = e.Ratings[grid]
	docs, err := src.Load(RatingKey(grid))
	if err != nil {
		return nil, r, at, err
	}
	err = decode(docs[0], &r)
	return g, r, docs[0], err
}

// RatingSheets reads the sheets of a round, by the names of their people.
func RatingSheets(src Source, grid string) (map[string]*RatingSheet, error) {
	all := map[string]*RatingSheet{}
	err := readable(src, ratingSheetsKey(grid), func(name string, s RatingSheet) {
		if len(s.Levels) > 0 {
			all[name] = &s
		}
	})
	return all, err
}

// sheet is this person's; a new one when there is none.
func (t *Turn) sheet(grid string) *RatingSheet {
	s := &RatingSheet{}
	docs, err := t.src.Load(sheetKey(grid, t.Person.ID))
	if err == nil {
		err = decode(docs[0], s)
	}
	if err != nil {
		t.err = err
	}
	if s.Levels == nil {
		s.Levels = map[string]Rated{}
	}
	return s
}

// keepSheet writes it, if the round is still as it was when the turn was decided.
func (t *Turn) keepSheet(grid string, round Doc, s *RatingSheet) {
	s.At = t.At
	t.out.Check = append(t.out.Check, round)
	t.putApart(sheetKey(grid, t.Person.ID), s)
}

// gridText is a grid's sentence in the reader's language.
func (t *Turn) gridText(key, original string) string {
	if original != "" && t.texts.Has("ratings."+key) {
		return t.Text("ratings." + key)
	}
	return Fill(original, t.fill(nil))
}

func (t *Turn) gridTitle(g *Grid) string { return t.gridText(g.Name+".title", g.Title) }

func (t *Turn) areaName(g *Grid, a *Area) string { return t.gridText(g.Name+"."+a.ID+".name", a.Name) }

// levelName is "3. In part".
func (t *Turn) levelName(g *Grid, level int) string {
	n := strconv.Itoa(level)
	return n + ". " + t.gridText(g.Name+".level."+n, g.Levels[level-1])
}
