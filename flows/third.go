package flows

import (
	"encoding/json"
	"time"
)

// A third party, the organisation that nominates an applicant, can hand in one item without an account: through a link that the
// applicant asks for and passes on. The link names nobody. It is used up by a file that could be kept, and by the deadline.

// Handover is what a link is for, under "handover/" + its code.
type Handover struct {
	Person  string
	Item    string
	Until   time.Time
	State   string // "": nothing has come; "receiving"; "received"; "refused": the link can be used again
	Problem string `json:",omitempty"` // refused: a key as in Fetched.Problem; "late"
}

// HandoverKey is the document of a link's code.
func HandoverKey(code string) string { return "handover/" + code }

// thirdLife is how long a link shows what became of it after it closed.
const thirdLife = 14 * 24 * time.Hour

// offerThird makes a link for an item.
func (t *Turn) offerThird(it *Item) {
	code := t.longCode()
	key := HandoverKey(code)
	h := Handover{Person: t.Person.ID, Item: it.ID, Until: t.closes()}
	t.out.Check = append(t.out.Check, Doc{Key: key})
	t.out.Put = append(t.out.Put, Doc{Key: key, Until: h.Until.Add(thirdLife), Data: Must(h)})
	t.Person.Links = append(t.Person.Links, code)
	t.Say("documents.third", "name", it.Name, "link", t.Book.Site+"hand-in?code="+code)
}

// moveLinks has the person's links close with the deadline as it is now.
func (t *Turn) moveLinks() {
	for _, code := range t.Person.Links {
		if h, at := t.handover(code); h != nil && !h.Until.Equal(t.closes()) {
			h.Until = t.closes()
			at.Until = h.Until.Add(thirdLife)
			t.keepHandover(at, h)
		}
	}
}

// third hears that somebody handed a file in through a link. Call "documents/third", Args the code.
func third(t *Turn) {
	var code string
	if json.Unmarshal(t.Args, &code) != nil || len(t.Files) != 1 {
		return
	}
	h, at := t.handover(code)
	if h == nil || h.Person != t.Person.ID || h.State == "received" || h.State == "receiving" {
		return
	}
	it := t.Event.Item(h.Item)
	if it == nil || t.late(t.Sent) {
		h.State, h.Problem = "refused", "late"
		t.keepHandover(at, h)
		return
	}
	h.State, h.Problem = "receiving", ""
	t.keepHandover(at, h)
	u := t.newUpload(t.Files[0], 0, "")
	u.Via = code
	t.version(u, it)
	t.pass(it)
	t.fetch("f0", u, t.Files[0], FetchRules{Person: t.Person.ID, Max: t.Event.MaxFile, Types: it.Types, Pages: it.Pages, Echo: Must(u.ID)})
}

// handedIn tells the link what became of the file that came through it.
func (t *Turn) handedIn(u *Upload) {
	if u.Via == "" {
		return
	}
	h, at := t.handover(u.Via)
	if h == nil {
		return
	}
	h.State, h.Problem = u.State, u.Problem
	t.keepHandover(at, h)
	if u.State == "received" {
		t.Say("documents.third_came")
	}
}

func (t *Turn) handover(code string) (*Handover, Doc) {
	docs, err := t.src.Load(HandoverKey(code))
	if err != nil {
		t.err = err
		return nil, Doc{}
	}
	var h Handover
	if docs[0].Data == nil || decode(docs[0], &h) != nil {
		return nil, docs[0]
	}
	return &h, docs[0]
}

func (t *Turn) keepHandover(was Doc, h *Handover) {
	t.out.Check = append(t.out.Check, was)
	t.out.Put = append(t.out.Put, Doc{Key: was.Key, Until: was.Until, Data: Must(h)})
}

// Handover puts a link into words for the page behind it, in a language of the texts: the item, the kinds of files, the last moment, and what
// became of the last file ("" nothing yet).
func (b *Book) Handover(h Handover, language string) (item, kindsOf, until, say string) {
	e := b.Current
	it := e.Item(h.Item)
	if it == nil {
		return "", "", "", ""
	}
	texts := e.In(language)
	fill := pairsOr([]any{"file", it.Name, "name", it.Name, "kinds", kinds(it.Types), "pages", it.Pages, "most", it.Pages}, factsOf(e))
	switch h.State {
	case "received":
		say = texts.Text("page.handin.received", fill)
	case "receiving":
		say = texts.Text("page.handin.receiving", fill)
	case "refused":
		key := "documents.problem." + h.Problem
		if h.Problem == "late" {
			key = "closed.file"
		}
		say = texts.Text(key, fill)
	}
	return it.Name, kinds(it.Types), Day(h.Until.In(e.Zone)) + ", " + h.Until.In(e.Zone).Format("15:04") + " " + e.ZoneTag, say
}
