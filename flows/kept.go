package flows

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Kept is one file of a person as it is named wherever it leaves Olle.
type Kept struct {
	*Upload
	Item    *Item  // nil: it belongs to no item of the checklist
	Version int    // of the item, from 1, by time
	Status  string // "counts", "replaced", "unassigned", "answer" (to a form's question), "refused", "receiving"
	Path    string // canonical and plain ASCII: "1_application-form_v2.pdf"; "" where no file is kept
}

// Files lists every file of a person, in the checklist's order, the oldest version first, then those that answer a form, then those
// not assigned yet. A paper sent as several pages is a file for each.
func (p *Person) Files(e *Event) []Kept {
	var all []Kept
	for i := range e.Items {
		all = append(all, p.versions(&e.Items[i])...)
	}
	for _, question := range slices.Sorted(maps.Keys(p.Attached)) {
		all = append(all, pages(p.Attached[question], "answer", "answer_"+slug(question))...)
	}
	for i, u := range p.Loose {
		all = append(all, pages(u, "unassigned", fmt.Sprintf("unassigned_%d", i+1))...)
	}
	return all
}

// versions lists the files of one item, the oldest first.
func (p *Person) versions(it *Item) (all []Kept) {
	var versions []*Upload
	for u := p.Items[it.ID]; u != nil; u = u.Before {
		versions = append(versions, u)
	}
	slices.Reverse(versions)
	name := slug(it.Short)
	if name == "" {
		name = it.ID
	}
	counts := p.Received(it.ID)
	for i, u := range versions {
		status := "replaced"
		if u == counts {
			status = "counts"
		}
		for _, k := range pages(u, status, fmt.Sprintf("%d_%s_v%d", it.Number, name, i+1)) {
			k.Item, k.Version = it, i+1
			all = append(all, k)
		}
	}
	return all
}

// pages lists an upload's own file and its further pages, numbered where there is more than one. Only the bytes of what was stored
// are kept.
func pages(u *Upload, status, stem string) (all []Kept) {
	for i, page := range append([]*Upload{u}, u.More...) {
		if page.State == "receiving" || page.State == "refused" {
			all = append(all, Kept{Upload: page, Status: page.State})
			continue
		}
		name := stem
		if len(u.More) > 0 {
			name += fmt.Sprintf("_p%d", i+1)
		}
		all = append(all, Kept{Upload: page, Status: status, Path: name + "." + extension(page.Type)})
	}
	return all
}

// extension is how names of a kind end ("pdf" as in FetchRules.Types).
func extension(kind string) string {
	switch kind {
	case "jpeg":
		return "jpg"
	case "":
		return "bin"
	}
	return slug(kind)
}

// slug makes a part of a file's name: small ASCII letters, digits, and hyphens between.
func slug(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.TrimSuffix(b.String(), "-")
}

// MediaType is the media type of a kind of file ("pdf" as in FetchRules.Types).
func MediaType(kind string) string {
	switch kind {
	case "pdf":
		return "application/pdf"
	case "docx":
		return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	case "doc":
		return "application/msword"
	case "odt":
		return "application/vnd.oasis.opendocument.text"
	case "jpeg", "png":
		return "image/" + kind
	}
	return "application/octet-stream"
}
