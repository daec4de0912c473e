package flows

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"olle/flows/places"
)

// The documents conversation shows the checklist and collects its items. A file is on record in the turn that brought it; fetching,
// checking and encrypting it is work, and its time of receipt is the time the platform had it.
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
	if len(t.Person.Missing(t.Event)) == 0 && t.Person.Mailed.IsZero() && t.Event.Channel != "bot" {
		choices = append([]Choice{{Label: t.Text("choice.documents.mail"), Value: "documents/pick/mail"}}, choices...)
	}
	t.Offer(choices...)
}

func takePick(t *Turn, in Input) bool {
	if in.Choice == "mail" || len(t.Person.Missing(t.Event)) == 0 && in.Is(mailed(t)) {
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
	t.Say("documents.send", "number", it.Number, "name", it.Name)
	if t.brief {
		t.Offer(t.Choice("other"))
		return
	}
	hint := it.Hint
	if it.Blank != "" {
		hint += " " + t.Text("documents.blank", "where", it.Blank)
	}
	t.Quote(hint)
	if old := t.Person.Received(it.ID); old != nil {
		t.Say("documents.replaces", "file", old.Name)
	}
	if len(t.Person.Missing(t.Event)) == len(t.Event.Items) { // once is enough
		t.Say("documents.kinds", "kinds", kinds(it.Types))
	}
	t.Offer(t.Choice("other"))
}

// kinds prints accepted kinds of files: "PDF, DOCX, JPEG".
func kinds(types []string) string { return strings.ToUpper(strings.Join(types, ", ")) }

func takeUpload(t *Turn, in Input) bool {
	other := Option{Value: "other", Label: t.Text("choice.documents.other"), Also: []string{"other"}}
	if in.Is(other) {
		t.Goto("pick")
		return true
	}
	if o, ok := in.Pick(t.itemOptions()); ok {
		t.top().set("item", o.Value)
		t.Again()
		return true
	}
	return false
}

// receive records files the moment they arrive, whatever is pending.
func (t *Turn) receive(in Input) {
	if t.late(t.Sent) {
		t.Say("closed.file")
		t.asked = t.top() != nil
		return
	}
	if form, q := t.fileQuestion(); q != nil {
		t.attach(form, q, in.Files[0])
		return
	}
	if t.Person.Began.IsZero() && t.Event.Forms["profile"] != nil || !t.agreed() {
		t.Say("documents.apply_first")
		t.Offer(t.Command("apply"))
		t.asked = t.top() != nil
		return
	}
	for i, file := range in.Files {
		t.receiveOne(file, i, in.Text, len(in.Files) == 1)
	}
	if t.top() != nil && len(t.Person.Loose) == 0 {
		return // the receipt asks for what is next
	}
	t.asked = t.top() != nil
}

func (t *Turn) receiveOne(file File, i int, caption string, single bool) {
	name := strings.Join(strings.Fields(clean(file.Name)), " ")
	u := &Upload{ID: fmt.Sprintf("%s/f%d", t.ID, i), Name: name, Sent: t.Sent, State: "receiving", Size: file.Size}
	item := t.itemFor(name, caption, single)
	rules := FetchRules{Person: t.Person.ID, Max: t.Event.MaxFile, Types: t.allTypes(), Echo: Must(u.ID)}
	if it := t.Event.Item(item); it != nil {
		rules.Types, rules.Pages = it.Types, it.Pages
		u.Before = t.Person.Items[item]
		if t.Person.Items == nil {
			t.Person.Items = map[string]*Upload{}
		}
		t.Person.Items[item] = u
		t.Say("documents.receiving", "file", name, "name", it.Name)
		if f := t.top(); f != nil && f.Flow == "documents" && f.Vars["item"] == item {
			t.nextItem()
			t.moved = false
		}
	} else {
		t.Person.Loose = append(t.Person.Loose, u)
		t.Say("documents.receiving_loose", "file", name)
		t.Push("documents", "which")
	}
	t.out.Work = append(t.out.Work, Work{Name: fmt.Sprintf("f%d", i), Kind: "fetch", Call: "documents/fetched", File: file, From: t.From, Blob: u.ID, Args: Must(rules)})
}

// itemFor finds the item a file is for: named in the caption, asked for just now, or told by the file's name if only one item fits.
func (t *Turn) itemFor(name, caption string, single bool) string {
	if o, ok := only(t.itemOptions(), places.Fold(caption), contains); ok && caption != "" {
		return o.Value
	}
	if f := t.top(); single && f != nil && f.Flow == "documents" && f.Step == "upload" {
		return f.Vars["item"]
	}
	stem, _, _ := strings.Cut(name, ".")
	if o, ok := only(t.itemOptions(), places.Fold(strings.NewReplacer("_", " ", "-", " ").Replace(stem)), contains); ok {
		return o.Value
	}
	return ""
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

// nextItem makes the next missing item the one asked for.
func (t *Turn) nextItem() {
	f := t.top()
	now := t.Event.Item(f.Vars["item"])
	var next *Item
	for i := range t.Event.Items {
		it := &t.Event.Items[i]
		free := t.Person.Items[it.ID] == nil || t.Person.Items[it.ID].State == "refused" && t.Person.Received(it.ID) == nil
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
	none := Option{Value: "none", Label: t.Text("choice.documents.none"), Also: strings.Split(t.Text("words.no"), "|")}
	o, ok := in.Pick(append(t.itemOptions(), none))
	if !ok {
		return false
	}
	t.Person.Loose = t.Person.Loose[1:]
	if o.Value == "none" {
		t.out.Work = append(t.out.Work, Work{Name: "drop", Kind: "erase", Args: Must(Erase{Blobs: []string{u.ID}})})
		t.Say("documents.dropped", "file", u.Name)
	} else {
		it := t.Event.Item(o.Value)
		t.file(u, it)
	}
	if len(t.Person.Loose) > 0 {
		t.Again()
	} else {
		t.nextItem()
	}
	return true
}

// file puts an upload under an item, if it fits the item's rules.
func (t *Turn) file(u *Upload, it *Item) {
	switch {
	case u.State == "received" && !slices.Contains(it.Types, u.Type):
		u.State, u.Problem = "refused", "type"
	case u.State == "received" && it.Pages > 0 && u.Pages > it.Pages:
		u.State, u.Problem = "refused", "pages"
	}
	u.Before = t.Person.Items[it.ID]
	if t.Person.Items == nil {
		t.Person.Items = map[string]*Upload{}
	}
	t.Person.Items[it.ID] = u
	switch u.State {
	case "received":
		t.receipt(u, it)
	case "refused":
		t.problem(u, it)
	default:
		t.Say("documents.receiving", "file", u.Name, "name", it.Name)
	}
}

// fetched hears that an upload was stored or refused.
func fetched(t *Turn) {
	var result Fetched
	var id string
	if json.Unmarshal(t.Args, &result) != nil || json.Unmarshal(result.Echo, &id) != nil {
		return
	}
	if t.attached(id, result) {
		return
	}
	u, it := t.upload(id)
	if u == nil || u.State != "receiving" {
		return // erased, or heard before
	}
	u.State, u.Size, u.Type, u.Hash, u.Pages = "received", result.Size, result.Type, result.Hash, result.Pages
	if result.Problem != "" {
		u.State, u.Problem = "refused", result.Problem
	}
	switch {
	case it == nil && u.State == "received":
		t.Say("documents.received_loose", "file", u.Name)
	case it == nil:
		t.Person.Loose = slices.DeleteFunc(t.Person.Loose, func(l *Upload) bool { return l == u })
		t.problem(u, nil)
	case u.State == "refused":
		t.problem(u, it)
	default:
		t.receipt(u, it)
	}
	if f := t.top(); f != nil && f.Flow == "documents" && !t.receiving() {
		t.moved = true
		if len(t.Person.Missing(t.Event)) == 0 && f.Step != "which" {
			t.complete()
		}
	}
}

// upload finds an upload by its ID, and its item (nil while it is loose).
func (t *Turn) upload(id string) (*Upload, *Item) {
	for _, u := range t.Person.Loose {
		if u.ID == id {
			return u, nil
		}
	}
	for item, u := range t.Person.Items {
		for ; u != nil; u = u.Before {
			if u.ID == id {
				return u, t.Event.Item(item)
			}
		}
	}
	return nil, nil
}

func (t *Turn) receiving() bool {
	return slices.ContainsFunc(t.Person.uploads(), func(u *Upload) bool { return u.State == "receiving" })
}

// receipt confirms one file: item, size, time of receipt in both zones, the count, and whether the same file came as another item.
func (t *Turn) receipt(u *Upload, it *Item) {
	n := len(t.Event.Items) - len(t.Person.Missing(t.Event))
	t.Say("documents.received", "name", it.Name, "size", Bytes(u.Size), "when", t.Event.Both(u.Sent, t.zone()), "n", n, "of", len(t.Event.Items))
	for i := range t.Event.Items {
		other := &t.Event.Items[i]
		if same := t.Person.Received(other.ID); other.ID != it.ID && same != nil && u.Hash != "" && same.Hash == u.Hash {
			t.Say("documents.same_file", "name", it.Name, "other", other.Name)
			break
		}
	}
}

// problem says why a file was refused and what to do.
func (t *Turn) problem(u *Upload, it *Item) {
	t.Say("documents.problem."+u.Problem, "file", u.Name, "kinds", kinds(t.typesOf(it)), "pages", u.Pages, "most", pagesOf(it))
	if it == nil {
		return
	}
	if t.Person.Received(it.ID) != nil {
		t.Say("documents.problem.kept", "name", it.Name)
	}
	if f := t.top(); f != nil && f.Flow == "documents" && f.Step != "which" {
		f.Step = "upload"
		f.set("item", it.ID)
	}
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

// complete says that the set is complete, and leads to the official last step.
func (t *Turn) complete() {
	t.Say("documents.complete")
	f := t.top()
	if t.Event.Channel == "bot" {
		t.Say("documents.complete_bot")
		f.Step = "pick"
		return
	}
	f.Step = "mail"
}

func askMail(t *Turn) {
	if !t.Person.Mailed.IsZero() {
		t.Say("documents.mailed_before", "when", t.Event.Both(t.Person.Mailed, t.zone()))
		t.Done()
		return
	}
	t.Say("documents.mail")
	t.Offer(t.Choice("mailed"), t.Choice("later"))
}

func takeMail(t *Turn, in Input) bool {
	switch {
	case in.Is(mailed(t)):
		t.Person.Mailed = t.At
		t.Say("documents.mailed")
		t.Done()
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

func mailed(t *Turn) Option {
	also := append(strings.Split(t.Text("words.mailed"), "|"), strings.Split(t.Text("words.yes"), "|")...)
	return Option{Value: "mailed", Label: t.Text("choice.documents.mailed"), Also: also}
}

func later(t *Turn) Option {
	return Option{Value: "later", Label: t.Text("choice.documents.later"), Also: strings.Split(t.Text("words.no"), "|")}
}
