package console_test

import (
	"fmt"
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"olle/flows"
)

// linked is where the link leads that a page labels so.
func linked(t *testing.T, page seen, label string) string {
	t.Helper()
	m := regexp.MustCompile(`<a [^>]*href="([^"]*)"[^>]*>(?:<[^>]*>)*` + regexp.QuoteMeta(label)).FindStringSubmatch(page.body)
	if m == nil {
		t.Fatalf("the page has no link %q:\n%s", label, text(page.body))
	}
	return strings.TrimPrefix(html.UnescapeString(m[1]), "/console")
}

// Links are followed as the page has them: what a template escapes in an address would sort nothing, and drop every filter.
func TestLinksSortAndFilter(t *testing.T) {
	o := openOffice(t)
	o.applies(nina, "Nina Rai", "Ministry", "Kathmandu", "Nepal")
	o.applies(minh, "Minh Tran", "Ministry", "Hanoi", "Vietnam")
	o.applies("telegram:13", "Asha Rai", "Ministry", "Kathmandu", "Nepal")
	for _, it := range o.book.Current.Items {
		o.sends(nina, it.ID+".pdf", it.ID)
	}
	o.sends(minh, "cv.pdf", "cv")
	o.says("telegram:boss", "/start")
	b := o.signedIn("telegram:boss")
	o.eventually("the list knows what came", func() bool {
		page := b.get("/applicants?q=Rai&country=NP").body
		return strings.Contains(page, "Nina") && strings.Contains(page, "Asha") && strings.Contains(b.get("/applicants?missing=none").body, "Nina") &&
			strings.Contains(b.get("/applicants?q=Minh").body, "1 of 7")
	})
	before := func(page seen, one, other string) bool {
		i, j := strings.Index(page.body, one), strings.Index(page.body, other)
		return i >= 0 && j >= 0 && i < j
	}
	page := b.get("/applicants?q=Rai&country=NP")
	page = b.get(linked(t, page, "Name"))
	expect(t, page, http.StatusOK, `<th scope="col" aria-sort="ascending"><a`)
	if strings.Contains(page.body, "Minh Tran") || !before(page, "Asha Rai", "Nina Rai") {
		t.Errorf("sorting by name drops the filters, or does not sort:\n%s", text(page.body))
	}
	if page = b.get(linked(t, page, "Documents")); !before(page, "Nina Rai", "Asha Rai") || !strings.Contains(page.body, `aria-sort="descending"`) {
		t.Errorf("sorting by documents:\n%s", text(page.body))
	}
	home := b.get("/")
	cv := slices.IndexFunc(o.book.Current.Items, func(it flows.Item) bool { return it.ID == "cv" })
	page = b.get(linked(t, home, fmt.Sprintf("%d. ", o.book.Current.Items[cv].Number)))
	if strings.Contains(page.body, "Minh Tran") || !strings.Contains(page.body, "Asha Rai") {
		t.Errorf("who misses a document:\n%s", text(page.body))
	}
	m := regexp.MustCompile(`href="([^"]*)"><strong>1</strong><span>sent all documents`).FindStringSubmatch(home.body)
	if m == nil {
		t.Fatalf("no tile of those who sent all:\n%s", text(home.body))
	}
	page = b.get(strings.TrimPrefix(html.UnescapeString(m[1]), "/console"))
	expect(t, page, http.StatusOK, "1 found", "Nina Rai")
	if table := b.post("/applicants/export", b.form("format", "csv", "query", "missing=none")).body; !strings.Contains(table, "Nina") || strings.Contains(table, "Asha") {
		t.Errorf("the table of those who sent all:\n%s", table)
	}
}
