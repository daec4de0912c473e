package flows

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"olle/flows/places"
)

// An upload is on record in the turn that brought it. Fetching, checking and encrypting it is work; when that is done the upload is
// received or refused, and the person hears which.

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

// itemFor finds the item a file is for: named in the caption; told by the file's name, if only one item fits and is missing yet
// (parts of an album come one by one, whatever was asked for); asked for just now; or told by the name alone.
func (t *Turn) itemFor(name, caption string, single bool) string {
	if o, ok := only(t.itemOptions(), places.Fold(caption), contains); ok && caption != "" {
		return o.Value
	}
	stem, _, _ := strings.Cut(name, ".")
	named, told := only(t.itemOptions(), places.Fold(strings.NewReplacer("_", " ", "-", " ").Replace(stem)), contains)
	f := t.top()
	switch asked := single && f != nil && f.Flow == "documents" && f.Step == "upload"; {
	case told && (!asked || t.Person.Items[named.Value] == nil):
		return named.Value
	case asked:
		return f.Vars["item"]
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

// shelve puts an upload under an item, if it fits the item's rules.
func (t *Turn) shelve(u *Upload, it *Item) {
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
	t.Say("documents.received", "name", it.Name, "size", Bytes(u.Size), "when", t.moment(u.Sent), "n", n, "of", len(t.Event.Items))
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
