package flows

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"olle/flows/places"
)

// An upload is on record in the turn that brought it. Fetching, checking and encrypting it is work; when that is done the upload is
// received or refused, and the person hears which.

// receive records files the moment they arrive, whatever is pending.
func (t *Turn) receive(in Input) {
	form, q := t.fileQuestion()
	task := q != nil && t.Event.task(form.Name) != nil // what participants do is not over with the time to apply
	if t.late(t.Sent) && !task {
		t.Say("closed.file")
		t.asked = t.top() != nil
		return
	}
	if q != nil {
		t.attach(form, q, in.Files[0])
		return
	}
	if t.Person.Began.IsZero() && t.Event.Forms["profile"] != nil || !t.agreed() {
		t.Say("documents.apply_first")
		t.Offer(t.Command("apply"))
		t.asked = t.top() != nil
		return
	}
	if !t.roomFor(len(in.Files)) {
		t.Say("documents.too_many", "most", filesADay)
		t.asked = t.top() != nil
		return
	}
	album := t.Album
	if len(in.Files) > 1 {
		album = t.ID
	}
	for i, file := range in.Files {
		t.receiveOne(t.newUpload(file, i, album), file, in.Text)
	}
	t.moved = false // the receipt asks for what is next
}

// filesADay is how many files one person can send in a day of the event's zone: several times what seven documents with all their
// versions and pages take, and too few to fill a disk.
const filesADay = 60

// roomFor counts files that are about to be taken, and says whether the day has room for them.
func (t *Turn) roomFor(n int) bool {
	if day := t.At.In(t.Event.Zone).Format("2006-01-02"); t.Person.Day != day {
		t.Person.Day, t.Person.DayFiles = day, 0
	}
	if t.Person.DayFiles+n > filesADay {
		return false
	}
	t.Person.DayFiles += n
	return true
}

// newUpload records file number i of this update, and has it fetched. What it may be is known by the item it turns out to be for.
func (t *Turn) newUpload(file File, i int, album string) *Upload {
	return &Upload{ID: fmt.Sprintf("%s/f%d", t.ID, i), Name: FileName(file.Name), Sent: t.Sent, State: "receiving", Size: file.Size, Type: claimed(file), Album: album}
}

// claimed is the kind a file says it is of, as in FetchRules.Types; until the content tells, only pictures matter.
func claimed(f File) string {
	name := strings.ToLower(f.Name)
	switch {
	case f.Type == "image/png" || strings.HasSuffix(name, ".png"):
		return "png"
	case strings.HasPrefix(f.Type, "image/") || strings.HasSuffix(name, ".jpg") || strings.HasSuffix(name, ".jpeg"):
		return "jpeg"
	}
	return ""
}

func (u *Upload) picture() bool { return u.Type == "jpeg" || u.Type == "png" }

func (t *Turn) receiveOne(u *Upload, file File, caption string) {
	id := t.itemFor(u, caption)
	rules := FetchRules{Person: t.Person.ID, Max: t.Event.MaxFile, Types: t.allTypes(), Echo: Must(u.ID)}
	it := t.Event.Item(id)
	if it == nil {
		t.Person.Loose = append(t.Person.Loose, u)
		t.Say("documents.receiving_loose", "file", u.Name)
		t.Push("documents", "which")
	} else {
		rules.Types, rules.Pages = it.Types, it.Pages
		if first := t.pageOf(u, it); first != nil {
			first.More = append(first.More, u)
			t.Say("documents.receiving_page", "file", u.Name, "name", it.Name, "page", len(first.More)+1)
		} else {
			t.version(u, it)
			t.Say("documents.receiving", "file", u.Name, "name", it.Name)
		}
		t.pass(it)
	}
	t.fetch(strings.TrimPrefix(u.ID, t.ID+"/"), u, file, rules)
}

// fetch has the bytes fetched, checked and encrypted.
func (t *Turn) fetch(name string, u *Upload, file File, rules FetchRules) {
	t.out.Work = append(t.out.Work, Work{Name: name, Kind: "fetch", Call: "documents/fetched", File: file, From: t.From, Blob: u.ID, Args: Must(rules)})
}

// version makes an upload the one that counts for an item; what it replaces is kept behind it.
func (t *Turn) version(u *Upload, it *Item) {
	if t.Person.Items == nil {
		t.Person.Items = map[string]*Upload{}
	}
	u.Before = t.Person.Items[it.ID]
	t.Person.Items[it.ID] = u
}

// pageOf returns the upload of which u is a further page: a photo that comes together with another photo for the same item, or that
// was announced as another page. Anything else is a new version.
func (t *Turn) pageOf(u *Upload, it *Item) *Upload {
	first := t.Person.Items[it.ID]
	if first == nil || !first.picture() || !u.picture() || first.State == "refused" {
		return nil
	}
	f := t.top()
	announced := f != nil && f.Flow == "documents" && f.Vars["page"] == it.ID
	if announced || u.Album != "" && u.Album == first.Album {
		return first
	}
	return nil
}

// itemFor finds the item a file is for: named in the caption; told by the file's name, if only one item fits and is missing yet
// (parts of an album come one by one, whatever was asked for); the item of the photos it came with; asked for just now, unless the name
// tells another; or told by the name alone. "" is none.
func (t *Turn) itemFor(u *Upload, caption string) string {
	if o, ok := only(t.itemOptions(), places.Fold(caption), contains); ok && caption != "" {
		return o.Value
	}
	stem, _, _ := strings.Cut(u.Name, ".")
	named, told := only(t.itemOptions(), places.Fold(strings.NewReplacer("_", " ", "-", " ").Replace(stem)), contains)
	together, begun := t.together(u)
	f := t.top()
	asked := f != nil && f.Flow == "documents" && f.Step == "upload"
	switch {
	case told && (!asked || t.free(named.Value)):
		return named.Value
	case together != "":
		return together
	case told && f.Vars["item"] != named.Value:
		return "" // it says that it is another than the one asked for, which is there already: to replace that may not be meant
	case asked && (u.Album == "" || u.picture() && !begun): // photos sent together are pages of one paper; other files are asked about
		return f.Vars["item"]
	case told:
		return named.Value
	}
	return ""
}

// free says whether a file for the item replaces none that counts.
func (t *Turn) free(item string) bool {
	u := t.Person.Items[item]
	return u == nil || u.State == "refused" || u.State == "returned"
}

// together says whether files of the same album came before this one, and which item they are if they are pages of one: photos.
func (t *Turn) together(u *Upload) (item string, begun bool) {
	if u.Album == "" {
		return "", false
	}
	for _, l := range t.Person.Loose {
		begun = begun || l.Album == u.Album
	}
	for _, id := range sortedKeys(t.Person.Items) {
		if first := t.Person.Items[id]; first.Album == u.Album {
			begun = true
			if first.picture() && u.picture() && first.State != "refused" {
				item = id
			}
		}
	}
	return item, begun
}

// fit refuses an upload that came before anybody knew its item, if it is nothing the item takes.
func (t *Turn) fit(u *Upload, it *Item) {
	switch {
	case u.State == "received" && !slices.Contains(it.Types, u.Type):
		u.Problem = "type"
	case u.State == "received" && it.Pages > 0 && u.Pages > it.Pages:
		u.Problem = "pages"
	default:
		return
	}
	u.State = "refused"
	t.discard(u)
}

// assign puts a loose upload under an item. One that is still being fetched is held to the item's rules when it is there.
func (t *Turn) assign(u *Upload, it *Item) {
	t.fit(u, it)
	t.version(u, it)
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
	u, first, it := t.upload(id)
	if u == nil || u.State != "receiving" {
		return // erased, or heard before
	}
	u.State, u.Size, u.Type, u.Hash, u.Pages = "received", result.Size, result.Type, result.Hash, result.Pages
	if result.Problem != "" {
		u.State, u.Problem = "refused", result.Problem
	}
	if it != nil && first == nil {
		t.fit(u, it)
	}
	t.handedIn(u)
	switch {
	case it == nil && u.State == "received":
		t.Say("documents.received_loose", "file", u.Name)
	case it == nil:
		t.Person.Loose = slices.DeleteFunc(t.Person.Loose, func(l *Upload) bool { return l == u })
		t.problem(u, nil)
	case first != nil:
		t.pageFetched(u, first, it)
	case u.State == "refused":
		t.problem(u, it)
	case t.repeated(u, it):
	default:
		t.receipt(u, it)
	}
	if u.Via != "" && u.State == "received" {
		t.pass(it)
	}
	if f := t.top(); f != nil && f.Flow == "documents" && !t.receiving() {
		t.moved = true
		if len(t.Person.Missing(t.Event)) == 0 && f.Step != "which" {
			t.complete()
		}
	}
}

// pageFetched hears of a further page. A refused page is none; a paper may only have so many. A paper that organisers have looked at is another
// with it: what was sent back because a page was missing counts again, and they look once more.
func (t *Turn) pageFetched(u, first *Upload, it *Item) {
	if n := len(first.More) + 1; u.State == "received" && it.Pages > 0 && n > it.Pages {
		u.State, u.Problem, u.Pages = "refused", "pages", n
		t.discard(u)
	}
	if u.State == "refused" {
		first.More = slices.DeleteFunc(first.More, func(p *Upload) bool { return p == u })
		t.problem(u, it)
		return
	}
	if first.State == "returned" || first.State == "accepted" {
		first.State, first.Checked, first.Reason = "received", time.Time{}, ""
	}
	t.Say("documents.page", "page", slices.Index(first.More, u)+2, "name", it.Name, "size", Bytes(u.Size), "when", t.moment(u.Sent))
}

// repeated sees that the same file was sent again for the same item: nothing changes.
func (t *Turn) repeated(u *Upload, it *Item) bool {
	for old := u.Before; old != nil; old = old.Before {
		if old.State != "received" {
			continue
		}
		if old.Hash != u.Hash || u.Hash == "" || len(old.More)+len(u.More) > 0 {
			return false
		}
		t.takeOut(u, it)
		t.discard(u)
		t.Say("documents.same_version", "file", u.Name, "name", it.Name, "when", t.moment(old.Sent))
		return true
	}
	return false
}

// takeOut takes a version from among those of an item, wherever it stands: a newer one may have come meanwhile.
func (t *Turn) takeOut(u *Upload, it *Item) {
	if t.Person.Items[it.ID] == u {
		t.Person.Items[it.ID] = u.Before
		return
	}
	for newer := t.Person.Items[it.ID]; newer != nil; newer = newer.Before {
		if newer.Before == u {
			newer.Before = u.Before
			return
		}
	}
}

// discard removes the bytes of an upload that does not count after all.
func (t *Turn) discard(u *Upload) {
	t.out.erased("drop", Erase{Blobs: []string{u.ID}})
}

// upload finds an upload by its ID, the one it is a further page of (nil: none), and its item (nil while it is loose).
func (t *Turn) upload(id string) (u, first *Upload, it *Item) {
	for _, l := range t.Person.Loose {
		if l.ID == id {
			return l, nil, nil
		}
	}
	for item, v := range t.Person.Items {
		for ; v != nil; v = v.Before {
			if v.ID == id {
				return v, nil, t.Event.Item(item)
			}
			for _, page := range v.More {
				if page.ID == id {
					return page, v, t.Event.Item(item)
				}
			}
		}
	}
	return nil, nil, nil
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
	if u.picture() && it.Pages != 1 && len(u.More) == 0 && u.Via == "" {
		t.Say("documents.more_pages")
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
