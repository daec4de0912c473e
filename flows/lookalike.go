package flows

import (
	"regexp"
	"strings"

	"olle/flows/places"
)

// A public address is easy to imitate, and an application sent to an imitation is lost. Who names another address than the official
// one, as if it were, is told.

var anyAddress = regexp.MustCompile(`[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`)

// otherAddress warns of an address that resembles the official one, or that somebody asks or tells of sending to. The answer to a
// question for an address is no such case.
func (t *Turn) otherAddress(text string) {
	if t.Event.Email == "" || !strings.Contains(text, "@") || t.asksAddress() {
		return
	}
	for _, found := range anyAddress.FindAllString(text, 5) {
		address := strings.ToLower(strings.Trim(found, "."))
		if address == strings.ToLower(t.Event.Email) {
			continue
		}
		if resembles(address, strings.ToLower(t.Event.Email)) || sending.MatchString(text) {
			t.Say("documents.other_address")
			return
		}
	}
}

var sending = regexp.MustCompile(`(?i)\b(send|sent|mail|mailed|e-mail|email|submit|submitted|apply|application|documents?)\b`)

// resembles says that one address could be taken for the other: few letters apart, or the same name at another host.
func resembles(a, official string) bool {
	name, host, _ := strings.Cut(official, "@")
	n, h, _ := strings.Cut(a, "@")
	plain := strings.NewReplacer(".", "", "-", "", "_", "", "1", "l", "0", "o")
	switch {
	case plain.Replace(n) == plain.Replace(name):
		return true
	case h == host || places.Distance(h, host, 2) <= 2:
		return places.Distance(n, name, 4) <= 4
	}
	return false
}

func (t *Turn) asksAddress() bool {
	f := t.top()
	if f == nil {
		return false
	}
	form := t.Event.Forms[f.Flow]
	if form == nil {
		return false
	}
	q := form.question(f.Step)
	return q != nil && (q.Type == "email" || q.Type == "text")
}
