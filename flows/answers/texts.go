package answers

import (
	"errors"
	"fmt"
)

// always lists the texts every pack needs; withTable those of a pack with an airfare table. Words in braces are
// filled while answering.
var (
	always    = []string{"empty", "unknown"}
	withTable = []string{
		"airfare.source",
		"airfare.where",         // no place named: asks for it
		"airfare.point",         // a listed country: {point} {region} {amount}
		"airfare.listed",        // a city of a listed country: {place} {point} {region} {amount}
		"airfare.limited",       // what kind of help it is
		"airfare.read",          // a mistyped or doubtful place: {typed} {place}
		"airfare.departure",     // departure and home differ
		"airfare.jeju",          // already on the island
		"airfare.unlisted",      // not in the table: {place}
		"airfare.several",       // heading of a list
		"airfare.item",          // {place} {amount}
		"airfare.item-unlisted", // {place}
		"airfare.contact",       // whom to ask for places outside the table
		"airfare.which",         // an ambiguous name: {typed} {choices}
		"airfare.which-same",    // ... with one amount for all meanings: {amount}
		"airfare.region",        // {region} {list}
		"airfare.reverse",       // {list}
		"airfare.most",          // {list}
		"airfare.least",         // {list}
		"airfare.table",         // {list}
	}
)

func (x *Index) checkTexts() error {
	need := always
	if len(x.table) > 0 {
		need = append(append([]string{}, always...), withTable...)
	}
	var errs []error
	for _, k := range need {
		if x.texts[k] == "" {
			errs = append(errs, fmt.Errorf("answers: no text %q", k))
		}
	}
	return errors.Join(append(errs, x.checkLanguages()...)...)
}
