package flows

import (
	"encoding/json"
	"fmt"
	"time"
)

// SignIn is a browser signed in to the console, under "signin/" + the digest of its cookie. Nobody has a password: a session begins
// with a one-time link, asked for in chat (/console) or printed for the operator, and is a subject of its own:
//
//	signin/open  a link was followed: the link is used up and the session begins, in one commit
//	signin/end   signed out, or ended from the list by the same person or an admin
type SignIn struct {
	Person string `json:",omitempty"` // whose rights it has; "" the operator's, which are all
	By     string // address of that person, "operator"
	Agent  string `json:",omitempty"` // what kind of browser, for the list
	Born   time.Time
	Until  time.Time
}

const (
	signInLife = 12 * time.Hour
	linkLife   = 10 * time.Minute
)

// SignInKey is the document of a session, and the subject of its updates. digest is of the cookie, never the cookie itself.
func SignInKey(digest string) string { return "signin/" + digest }

// OpenSignIn is the Args of "signin/open".
type OpenSignIn struct{ Code, Agent string }

// console is /console: a one-time link into the organisers' pages.
func console(t *Turn, _ string) {
	if t.Book.Console == "" {
		t.Say("team.no_console")
		return
	}
	code := t.longCode()
	t.putCode(code, Code{Kind: "console", Person: t.Person.ID, By: string(t.From)}, t.At.Add(linkLife))
	t.Say("team.console", "link", t.Book.Console+"enter?code="+code, "minutes", int(linkLife.Minutes()))
}

// longCode rolls a code for a link: all 64 bits of the seed, for nobody has to type it.
func (t *Turn) longCode() string { return fmt.Sprintf("%016x", t.Seed) }

// playSignIn plays a session's own history.
func (b *Book) playSignIn(u Update, src Source) (Outcome, error) {
	out := Outcome{Subject: u.Subject, Visited: []string{u.Call}}
	docs, err := src.Load(u.Subject)
	if err != nil {
		return Outcome{}, err
	}
	out.Check = docs
	switch u.Call {
	case "signin/open":
		err = b.openSignIn(&out, u, src)
	case "signin/end":
		err = b.endSignIn(&out, u, src)
	default:
		err = fmt.Errorf("flows: sign-in: unknown call %q", u.Call)
	}
	return out, err
}

// endSignIn ends a session: one's own, or, for an admin, anybody's.
func (b *Book) endSignIn(out *Outcome, u Update, src Source) error {
	var s SignIn
	if err := decode(out.Check[0], &s); err != nil || out.Check[0].Data == nil {
		return err
	}
	if ok, err := b.allows(src, u.From, MayAdmin); err != nil || !ok && s.By != string(u.From) {
		return err
	}
	out.Put = []Doc{{Key: u.Subject}}
	out.note(u, "signed out", "", s.By)
	return nil
}

// openSignIn uses the link up. A link nobody made, an expired or a used one opens nothing, and looks the same.
func (b *Book) openSignIn(out *Outcome, u Update, src Source) error {
	var args OpenSignIn
	if json.Unmarshal(u.Args, &args) != nil || args.Code == "" || out.Check[0].Data != nil {
		return nil
	}
	docs, err := src.Load(codeKey(args.Code))
	if err != nil {
		return err
	}
	var c Code
	if docs[0].Data == nil || decode(docs[0], &c) != nil || c.Kind != "console" {
		return nil
	}
	s := SignIn{Person: c.Person, By: c.By, Agent: args.Agent, Born: u.At, Until: u.At.Add(signInLife)}
	out.Check = append(out.Check, docs[0])
	out.Put = []Doc{{Key: codeKey(args.Code)}, {Key: u.Subject, Until: s.Until, Data: Must(s)}}
	u.From = Address(c.By)
	out.note(u, "signed in", "", args.Agent)
	return nil
}
