package flows

import (
	"slices"
)

// Deleting removes the person, their addresses, card, files and lines. The key their files are encrypted to goes too, so that
// copies in a backup stay closed to everybody without the organisers' own identity.
func deleteFlow() *Flow {
	return &Flow{Name: "delete", Steps: []Step{{
		Name: "confirm",
		Ask: func(t *Turn) {
			t.Say("delete.confirm")
			t.Offer(t.Choice("delete"), t.Choice("keep"))
		},
		Take: func(t *Turn, in Input) bool {
			// Only the whole words count: "do not delete" holds "delete" too.
			erase := Option{Value: "delete", Label: t.Text("choice.delete.delete"), Also: t.texts.Words("words.delete")}
			keep := Option{Value: "keep", Label: t.Text("choice.delete.keep"), Also: slices.Concat(t.texts.Words("words.keep"), t.texts.Words("words.no"))}
			switch {
			case in.Is(keep):
				t.Say("delete.kept")
				t.Done()
			case in.Is(erase):
				if t.Person.hasSeat() {
					t.leaveSeat("withdrawn") // while it is known whose it was
				}
				t.erase()
			default:
				return false
			}
			return true
		},
	}}}
}

// erase deletes the documents in this turn, and leaves the rest as work. Help requests go too: their text is the person's.
func (t *Turn) erase() {
	p := t.Person
	left := Erase{Prefixes: append(p.keys(), p.lines()...), Chats: p.Addresses, Persons: append(slices.Clone(p.Joined), p.ID)}
	for _, id := range append(p.Joined, p.ID) {
		left.Prefixes = append(left.Prefixes, NotesKey(id), ReviewKey(id, ""), DecisionKey(id))
	}
	t.out.Put = append(t.out.Put, Doc{Key: p.ID}, Doc{Key: cardKey(p.ID)}, Doc{Key: ClosingKey(t.Event.ID) + PersonName(p.ID)})
	t.withdraw()
	for _, key := range announcementsOf(p) {
		t.out.Put = append(t.out.Put, Doc{Key: key})
	}
	for _, a := range p.Addresses {
		t.out.Put = append(t.out.Put, Doc{Key: "at/" + string(a)})
	}
	for _, u := range p.uploads() {
		left.Blobs = append(left.Blobs, u.ID)
	}
	for _, code := range p.Links {
		t.out.Put = append(t.out.Put, Doc{Key: HandoverKey(code)})
	}
	if p.Certificate != nil {
		t.out.Put = append(t.out.Put, Doc{Key: CertificateKey(p.Certificate.Code)})
	}
	for _, key := range p.attended() {
		t.out.Put = append(t.out.Put, Doc{Key: key})
	}
	t.forgetHelp()
	t.forgetQuizzes()
	t.eraseApart()
	t.out.erased("erase", left)
	t.gone = true
	t.Say("delete.done")
}

// Blobs names every file that is kept for the person. What no person names is swept.
func (p *Person) Blobs() (names []string) {
	for _, u := range p.uploads() {
		names = append(names, u.ID)
	}
	return names
}

// uploads lists every file of the person, replaced and loose ones too.
func (p *Person) uploads() []*Upload {
	all := append([]*Upload(nil), p.Loose...)
	for _, u := range p.Attached {
		all = append(all, u)
	}
	for _, u := range p.Items {
		for ; u != nil; u = u.Before {
			all = append(append(all, u), u.More...)
		}
	}
	return all
}
