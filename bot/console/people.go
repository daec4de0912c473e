package console

import (
	"encoding/json"
	"strings"

	"olle/flows"
	"olle/flows/places"
)

// row is one person as lists see them.
type row struct {
	Name string // in addresses: "person/" + Name
	flows.Card
	fold string // what a search looks through
	land string // the country in words
}

// RefOr is the reference, also for a card of a time before cards held it.
func (r *row) RefOr() string {
	if r.Card.Ref != "" {
		return r.Card.Ref
	}
	return strings.ToUpper(r.Name[:min(6, len(r.Name))])
}

// rowOf reads a card.
func rowOf(name string, data []byte) (*row, bool) {
	r := &row{Name: name}
	if json.Unmarshal(data, &r.Card) != nil {
		return nil, false
	}
	r.land = places.Name(r.Country)
	r.fold = places.Fold(r.RefOr() + " " + r.Card.Name + " " + r.Org)
	return r, true
}
