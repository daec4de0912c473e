package flows

import (
	"encoding/json"
	"strings"
)

// KeyDoc names the document that holds the key of somebody's files: "key/ID" of "person/ID", "key/announcement/ID" of an announcement's.
func KeyDoc(owner string) string { return "key/" + PersonName(owner) }

// About are the documents about persons that lie under other names than their own, by prefix: how each says whose it is, as the name in
// Person.ID or as an address; "" is nobody's. Whatever is not here must not tell of one person.
var About = map[string]func(Doc) string{
	"line/":       lineOwner,
	"notes/":      inKey(1),
	"review/":     inKey(1),
	"decision/":   inKey(1),
	"closing/":    inKey(2),
	"due/":        inKey(2),
	"sent/":       inKey(2),
	"read/":       inKey(2),
	"attend/":     inKey(2),
	"player/":     inKey(2),
	"answer/":     inKey(3),
	"asked/":      inKey(3),
	planPrefix:    inKey(1),
	"rating/":     inKey(2),
	groupPrefix:   inKey(3),
	votePrefix:    inKey(3),
	meetPrefix:    inField(func(m Meeting) string { return m.Asker }),
	"handover/":   inField(func(h struct{ Person string }) string { return h.Person }),
	HelpKey(""):   inField(func(h struct{ Person string }) string { return h.Person }),
	SignInKey(""): inField(func(s SignIn) string { return s.Person }),
}

// inKey takes the owner from the key: its nth part. An announcement's one post to a channel is nobody's.
func inKey(n int) func(Doc) string {
	return func(d Doc) string {
		if parts := strings.Split(d.Key, "/"); len(parts) > n && parts[n] != "post" {
			return parts[n]
		}
		return ""
	}
}

// inField takes the owner from what the document says.
func inField[T any](owner func(T) string) func(Doc) string {
	return func(d Doc) string {
		var v T
		_ = json.Unmarshal(d.Data, &v) // of another form: nobody's
		return PersonName(owner(v))
	}
}

// lineOwner is the address that wrote a line of the web chat. What the bot said there last, that everything is deleted, stays for a while.
func lineOwner(d Doc) string {
	var line struct {
		Me bool `json:"me"`
	}
	if json.Unmarshal(d.Data, &line) != nil || !line.Me {
		return ""
	}
	return strings.TrimPrefix(d.Key[:strings.LastIndexByte(d.Key, '/')], "line/")
}
