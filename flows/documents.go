package flows

import (
	"fmt"
	"slices"
	"strings"
)

// The documents conversation shows the checklist and collects its items; uploads.go has what happens to a file.
func documentsFlow() *Flow {
	return &Flow{Name: "documents", Steps: []Step{
		{Name: "pick", Ask: askPick, Take: takePick},
		{Name: "upload", Ask: askUpload, Take: takeUpload, Skip: func(t *Turn) { t.nextItem(); t.Again() }},
		{Name: "which", Ask: askWhich, Take: takeWhich},
		{Name: "mail", Ask: askMail, Take: takeMail},
	}}
}

// beginDocuments is /documents and /upload, with or without an item.
func beginDocuments(t *Turn, wanted string) {
	switch {
	case t.late(t.At) && t.Person.Began.IsZero():
		t.Say("closed.apply")
		t.Offer(t.Command("programme"), t.Command("human"))
	case len(t.Person.Loose) > 0 && wanted == "": // left unnamed before
		t.Begin("documents", "which")
	case t.late(t.At):
		t.Tell(t.summary())
		t.Say("closed.documents")
		t.asked = t.top() != nil
	case t.Person.Began.IsZero() && t.Event.Forms["profile"] != nil:
		t.Say("documents.list")
		t.Offer(t.Command("apply"), t.Command("deadline"))
		t.asked = t.top() != nil
	default:
		t.Begin("documents", "pick")
		if o, ok := (Input{Text: wanted}).Pick(t.itemOptions()); ok && t.agreed() {
			t.Goto("upload")
			t.top().set("item", o.Value)
		}
	}
}

func (t *Turn) itemOptions() []Option {
	options := make([]Option, len(t.Event.Items))
	for i, it := range t.Event.Items {
		options[i] = Option{Value: it.ID, Label: it.Short, Also: append([]string{it.Name}, it.Also...)}
	}
	return options
}

// itemChoices are the items as buttons, those still missing first.
func (t *Turn) itemChoices(step string) []Choice {
	var missing, there []Choice
	for _, it := range t.Event.Items {
		c := Choice{Label: fmt.Sprintf("%d. %s", it.Number, it.Short), Value: "documents/" + step + "/" + it.ID}
		if t.Person.Received(it.ID) == nil {
			missing = append(missing, c)
		} else {
			there = append(there, c)
		}
	}
	return append(missing, there...)
}

func askPick(t *Turn) {
	if !t.brief {
		t.Tell(t.checklist())
	}
	if len(t.Person.Missing(t.Event)) == 0 {
		t.Say("documents.replace")
	} else {
		t.Say("documents.pick")
	}
	choices := t.itemChoices("pick")
	if len(t.Person.Missing(t.Event)) == 0 && t.Person.Mailed.IsZero() && !t.Event.takesHere() {
		choices = append([]Choice{{Label: t.Text("choice.documents.mail"), Value: "documents/pick/mail"}}, choices...)
	}
	t.Offer(choices...)
}

func takePick(t *Turn, in Input) bool {
	if in.Choice == "mail" && !t.Event.takesHere() {
		t.Goto("mail")
		return true
	}
	if in.Is(later(t)) {
		t.Say("documents.later")
		t.Done()
		return true
	}
	o, ok := in.Pick(t.itemOptions())
	if !ok {
		return false
	}
	t.Goto("upload")
	t.top().set("item", o.Value)
	return true
}

func askUpload(t *Turn) {
	it := t.Event.Item(t.top().Vars["item"])
	if it == nil {
		t.Goto("pick")
		return
	}
	if t.top().Vars["page"] == it.ID && t.brief {
		return // asked for already
	}
	t.Say("documents.send", "number", it.Number, "name", it.Name)
	if t.brief {
		t.Offer(t.Choice("other"))
		return
	}
	hint := it.Hint
	if it.Blank != "" && it.Form == nil {
		hint += " " + t.Text("documents.blank", "where", it.Blank)
	}
	t.Quote(hint)
	if old := t.Person.Received(it.ID); old != nil {
		t.Say("documents.replaces", "file", old.Name)
	}
	if len(t.Person.Missing(t.Event)) == len(t.Event.Items) { // once is enough
		t.Say("documents.kinds", "kinds", kinds(it.Types))
	}
	t.Offer(t.uploadChoices(it)...)
}

// uploadChoices are the ways on from an item: its blank form where the pack holds it, somebody else who sends it, another item.
func (t *Turn) uploadChoices(it *Item) []Choice {
	choices := []Choice{t.Choice("other")}
	if it.Form != nil {
		choices = append(choices, t.Choice("form"))
	}
	if it.Third && t.Book.Site != "" {
		choices = append(choices, t.Choice("third"))
	}
	return choices
}

// kinds prints accepted kinds of files: "PDF, DOCX, JPEG".
func kinds(types []string) string { return strings.ToUpper(strings.Join(types, ", ")) }

func takeUpload(t *Turn, in Input) bool {
	it := t.Event.Item(t.top().Vars["item"])
	option := func(value string) Option {
		return Option{Value: value, Label: t.Text("choice.documents." + value), Also: t.texts.Words("words." + value)}
	}
	switch {
	case in.Is(option("other")):
		t.Goto("pick")
	case in.Is(option("page")):
		t.nextPage()
	case it != nil && it.Form != nil && in.Is(option("form")):
		t.Say("documents.form", "name", it.Name, "version", it.Form.Version)
		t.Give(PackFile(it.Form.Path))
	case it != nil && it.Form == nil && in.Exactly(option("form")):
		t.Again() // where the blank form is, is said with the question
	case it != nil && it.Third && t.Book.Site != "" && in.Is(option("third")):
		t.offerThird(it)
	default:
		o, ok := in.Pick(t.itemOptions())
		if !ok {
			return false
		}
		delete(t.top().Vars, "page")
		t.top().set("item", o.Value)
		t.Again()
	}
	return true
}

// nextPage takes the next photo as a further page of the paper photographed last.
func (t *Turn) nextPage() {
	var last *Upload
	var item string
	for _, id := range sortedKeys(t.Person.Items) {
		if u := t.Person.Items[id]; u.picture() && u.State != "refused" && (last == nil || u.Sent.After(last.Sent)) {
			last, item = u, id
		}
	}
	if last == nil {
		t.Say("documents.no_page")
		t.asked = true
		return
	}
	f := t.top()
	f.Step = "upload"
	f.set("item", item)
	f.set("page", item)
	t.Say("documents.send_page", "page", len(last.More)+2, "name", t.Event.Item(item).Name)
}

// nextItem makes the next missing item the one asked for.
func (t *Turn) nextItem() {
	f := t.top()
	delete(f.Vars, "page")
	now := t.Event.Item(f.Vars["item"])
	var next *Item
	for i := range t.Event.Items {
		it := &t.Event.Items[i]
		free := t.Person.Items[it.ID] == nil || (t.Person.Items[it.ID].State == "refused" || t.Person.Items[it.ID].State == "returned") && t.Person.Received(it.ID) == nil
		if free && (next == nil || now != nil && next.Number <= now.Number && it.Number > now.Number) {
			next = it
		}
	}
	if next == nil {
		f.Step = "pick"
		delete(f.Vars, "item")
	} else {
		f.Step = "upload"
		f.set("item", next.ID)
	}
	t.moved = true
}

// pass goes on from an item that a file has come for, if it is the one asked for; the receipt asks for what is next.
func (t *Turn) pass(it *Item) {
	if f := t.top(); f != nil && f.Flow == "documents" && f.Vars["item"] == it.ID {
		moved := t.moved
		t.nextItem()
		t.moved = moved
	}
}

func askWhich(t *Turn) {
	if len(t.Person.Loose) == 0 {
		t.Goto("pick")
		return
	}
	t.Say("documents.which", "file", t.Person.Loose[0].Name)
	t.Offer(append(t.itemChoices("which"), t.Choice("none"))...)
}

// takeWhich files the first loose upload under the item named.
func takeWhich(t *Turn, in Input) bool {
	if len(t.Person.Loose) == 0 {
		t.Goto("pick")
		return true
	}
	u := t.Person.Loose[0]
	none := Option{Value: "none", Label: t.Text("choice.documents.none"), Also: t.texts.Words("words.no")}
	o, ok := in.Pick(append(t.itemOptions(), none))
	if !ok {
		return false
	}
	t.Person.Loose = t.Person.Loose[1:]
	if o.Value == "none" {
		t.discard(u)
		t.Say("documents.dropped", "file", u.Name)
	} else {
		it := t.Event.Item(o.Value)
		t.assign(u, it)
	}
	switch {
	case len(t.Person.Loose) > 0:
		t.Again()
	case t.late(t.At):
		t.Done()
		t.Tell(t.summary())
	default:
		t.nextItem()
	}
	return true
}

// takesHere says whether a complete set here is an application.
func (e *Event) takesHere() bool { return e.Channel == "bot" || e.Channel == "both" }

// complete says that the set is complete, and leads to the official last step, where there is one left.
func (t *Turn) complete() {
	t.Say("documents.complete")
	f := t.top()
	switch t.Event.Channel {
	case "bot":
		t.Say("documents.complete_bot")
		f.Step = "pick"
	case "both":
		t.Say("documents.complete_both")
		f.Step = "pick"
	default:
		f.Step = "mail"
	}
}

func askMail(t *Turn) {
	if !t.Person.Mailed.IsZero() {
		t.Say("documents.mailed_before", "when", t.moment(t.Person.Mailed))
		t.Done()
		return
	}
	t.Say("documents.mail")
	t.Offer(t.Choice("mailed"), t.Choice("eml"), t.Choice("later"))
}

func takeMail(t *Turn, in Input) bool {
	switch {
	case in.Exactly(mailed(t)):
		t.tellMailed()
	case in.Is(Option{Value: "eml", Label: t.Text("choice.documents.eml"), Also: t.texts.Words("words.eml")}):
		t.Say("documents.eml")
		t.Give(t.Person.MailFile())
		t.flush()
		t.asked = true
	case in.Is(later(t)):
		t.Say("documents.later")
		t.Done()
	default:
		if o, ok := in.Pick(t.itemOptions()); ok {
			t.Goto("upload")
			t.top().set("item", o.Value)
			return true
		}
		return false
	}
	return true
}

// tellMailed notes that the person has e-mailed the documents, which can be told at any step: it ends the reminders.
func (t *Turn) tellMailed() {
	if t.Person.Began.IsZero() {
		t.Say("documents.mailed_unknown")
		t.asked = t.top() != nil
		return
	}
	if t.Person.Mailed.IsZero() {
		t.Person.Mailed = t.At
	}
	t.Say("documents.mailed")
	if f := t.top(); f != nil && f.Flow == "documents" {
		t.Done()
	} else {
		t.asked = f != nil
	}
}

func mailed(t *Turn) Option {
	also := slices.Concat(t.texts.Words("words.mailed"), t.texts.Words("words.done"), t.texts.Words("words.yes"))
	return Option{Value: "mailed", Label: t.Text("choice.documents.mailed"), Also: also}
}

func later(t *Turn) Option {
	return Option{Value: "later", Label: t.Text("choice.documents.later"), Also: t.texts.Words("words.no")}
}

func (t *Turn) typesOf(it *Item) []string {
	if it == nil {
		return t.allTypes()
	}
	return it.Types
}

func pagesOf(it *Item) int {
	if it == nil {
		return 0
	}
	return it.Pages
}

func (t *Turn) allTypes() []string {
	var all []string
	for _, it := range t.Event.Items {
		for _, kind := range it.Types {
			if !slices.Contains(all, kind) {
				all = append(all, kind)
			}
		}
	}
	return all
}
