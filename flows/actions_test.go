package flows_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"olle/flows"
)

// guild is an event with one person for every right, an applicant, and something to do for every call: a draft, a scheduled, a paused and
// a finished announcement, a request for help, a note, a session.
type guild struct {
	*testing.T
	run  *flows.Rehearsal
	nina string // her name in keys
}

const stranger = flows.Address("telegram:900")

// holder is the address of who has this right and no other; "" is somebody without any.
func holder(right string) flows.Address {
	if right == "" {
		return stranger
	}
	return flows.Address("telegram:8" + fmt.Sprint(slices.Index(flows.Rights(), right)))
}

func newGuild(t *testing.T) *guild {
	b := book(t)
	b.Console = "https://olle.example/console/"
	g := &guild{T: t, run: rehearse(t, b, "2020-02-03T09:00:00+09:00")}
	g.nina = candidate(t, g.run, "telegram:11", "Kathmandu")
	as(t, g.run, "telegram:11", "/human Is the visa fee covered?")
	as(t, g.run, stranger, "hello")
	for _, right := range flows.Rights() {
		code := shownCode.FindString(as(t, g.run, chair, "/invite "+right))
		as(t, g.run, holder(right), "hello", "/code "+code)
	}
	later := g.run.Now.AddDate(0, 0, 2)
	for id, args := range map[string]flows.AnnouncementArgs{"DRAFT": {Text: "Hello"}, "LATER": {Text: "Hello", At: later}, "PAUSED": {Text: "Hello", At: later}, "SENT": {Text: "Hello"}} {
		g.announcement(id, "create", args)
		if id != "DRAFT" {
			g.announcement(id, "start", nil)
		}
	}
	g.announcement("PAUSED", "pause", nil)
	if _, err := g.run.Until(g.run.Now.AddDate(0, 0, 1)); err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *guild) announcement(id, call string, args any) {
	g.Helper()
	u := flows.Update{Subject: flows.AnnouncementKey(id), Call: "announcement/" + call, From: chair}
	if args != nil {
		u.Args = flows.Must(args)
	}
	inside(g.T, g.run, u)
}

// help is Nina's request.
func (g *guild) help() string {
	g.Helper()
	docs, err := g.run.List("help/", "", 1)
	if err != nil || len(docs) != 1 {
		g.Fatal("no request for help", err)
	}
	return docs[0].Key
}

// doable is an update for a call that changes something if its sender may.
func (g *guild) doable() map[string]flows.Update {
	update := func(subject string, args any) flows.Update {
		u := flows.Update{Subject: subject}
		if args != nil {
			u.Args = flows.Must(args)
		}
		return u
	}
	event, nina := "event/"+g.run.Book.Current.ID, "person/"+g.nina
	var p flows.Person
	docs, err := g.run.Load(nina)
	if err != nil {
		g.Fatal(err)
	}
	unmarshal(g.T, docs[0].Data, &p)
	draft, help := flows.AnnouncementKey("DRAFT"), g.help()
	written, err := flows.ReportAnnouncement(g.run, "DRAFT")
	if err != nil {
		g.Fatal(err)
	}
	return map[string]flows.Update{
		"announcement/create": update(draft, flows.AnnouncementArgs{Text: "Other words"}), "announcement/approve": update(draft, flows.AnnouncementSeen{Changed: written.Changed}),
		"announcement/start": update(draft, nil), "announcement/cancel": update(draft, nil), "announcement/try": update(draft, nil),
		"announcement/pause": update(flows.AnnouncementKey("LATER"), nil), "announcement/resume": update(flows.AnnouncementKey("PAUSED"), nil),
		"announcement/correct": update(flows.AnnouncementKey("SENT"), flows.AnnouncementArgs{Text: "Corrected"}),
		"announcement/retract": update(flows.AnnouncementKey("SENT"), nil),

		"event/set":     update(event, flows.SetArgs{Key: "channel", Value: "bot"}),
		"event/code":    update(event, flows.CodeArgs{Code: "AAAABBBB", Until: g.run.Now.AddDate(0, 0, 1), What: flows.Code{Kind: "invite", Right: "admin"}}),
		"event/release": update(event, nil),
		"person/rights": update(flows.PersonID(stranger), []string{"admin"}),
		"person/item":   update(nina, flows.ReviewArgs{Upload: p.Items["cv"].ID, State: "accepted"}),
		"notes/add":     update("notes/"+g.nina, "A note"),
		"review/score":  update(flows.ReviewKey(g.nina, flows.PersonID(chair)), flows.Review{Conflict: true}),
		"decision/set":  update("decision/"+g.nina, flows.DecisionArgs{State: "selected"}),
		"help/take":     update(help, nil), "help/reply": update(help, flows.HelpAct{Text: "Yes, it is covered."}),
		"help/note": update(help, flows.HelpAct{Text: "Ask Olga."}), "help/close": update(help, nil), "help/assign": update(help, flows.HelpAct{To: "me"}),
	}
}

// kept is every document.
func (g *guild) kept() map[string]string {
	g.Helper()
	docs, err := g.run.List("", "", 1_000_000)
	if err != nil {
		g.Fatal(err)
	}
	all := map[string]string{}
	for _, d := range docs {
		all[d.Key] = string(d.Data)
	}
	return all
}

func changed(before, after map[string]string) (keys []string) {
	for _, k := range slices.Sorted(maps.Keys(after)) {
		if before[k] != after[k] {
			keys = append(keys, k)
		}
	}
	for k := range before {
		if _, ok := after[k]; !ok {
			keys = append(keys, k)
		}
	}
	return keys
}

// Every call that organisers cause, played directly, from people with each right, with none, and of addresses nobody knows: whoever
// lacks the right changes nothing and is told nothing of anybody; whoever has it changes something.
func TestEveryActionAsksForItsRight(t *testing.T) {
	g := newGuild(t)
	doable, refused := g.doable(), 0
	for _, call := range slices.Sorted(maps.Keys(flows.Actions())) {
		u, known := doable[call]
		if !known {
			kind, _, _ := strings.Cut(call, "/")
			if u.Subject = kind + "/" + g.nina; slices.Contains([]string{"attend", "certificate", "seat"}, kind) {
				u.Subject = "person/" + g.nina // her own turn hears these
			}
		}
		for _, right := range append(flows.Rights(), "", "unknown") {
			who := holder(right)
			if right == "unknown" {
				who = "discord:4040"
			} else if flows.Allows([]string{right}, flows.Actions()[call]) && right != "" {
				continue
			}
			refused++
			u.Call, u.From, u.Chat = call, who, who
			before := g.kept()
			said, err := g.run.Post(u)
			if err != nil {
				t.Errorf("%s by %q: %v", call, right, err)
			}
			if keys := changed(before, g.kept()); len(keys) > 0 {
				t.Errorf("%s by %q, who may not, changes %v", call, right, keys)
			}
			for _, m := range said {
				if m.To != who {
					t.Errorf("%s by %q, who may not, tells %s: %s", call, right, m.To, m.Text)
				}
			}
		}
	}
	if refused < 100 {
		t.Errorf("only %d combinations are refused", refused)
	}
	for call := range doable { // so that what was refused would have done something
		right := flows.Actions()[call]
		g := newGuild(t)
		u := g.doable()[call]
		u.Call, u.From, u.Chat = call, holder(right), holder(right)
		before := g.kept()
		if _, err := g.run.Post(u); err != nil {
			t.Errorf("%s by who may: %v", call, err)
		}
		if len(changed(before, g.kept())) == 0 {
			t.Errorf("%s by who may changes nothing: %s", call, u.Args)
		}
	}
}

// Every organiser's command in chat, in private and in a group, from people with each right and with none: to whoever lacks the right it is
// a word like any other unknown one, and changes nothing.
func TestEveryOrganiserCommandAsksForItsRight(t *testing.T) {
	g := newGuild(t)
	rights := map[string]string{"invite": flows.MayAdmin, "console": flows.MayRead, "announce": flows.MaySend, "ticket": flows.MaySend, "stats": flows.MayRead,
		"missing": flows.MayRead, "decide": flows.MayDecide, "quizhost": flows.MaySend}
	ref := flows.RefOf(g.run.Book.Current, g.nina)
	args := map[string][]string{"invite": {"admin"}, "announce": {"Hello | everybody", "pause LATER", "retract SENT"}, "ticket": {"here", "take"}, "missing": {"6"},
		"decide": {ref + " selected", "release now"}, "quizhost": {"start demo"}}
	refused, allowed := 0, 0
	for _, d := range g.run.Book.OrganiserMenu(g.run.Book.Current) {
		for _, right := range append(flows.Rights(), "") {
			who := holder(right)
			may := right != "" && slices.ContainsFunc(g.run.Book.MenuOf(g.person(who), g.run.Book.Current), func(m flows.Description) bool { return m.Name == d.Name })
			if need := rights[d.Name]; need != "" && may != (right != "" && flows.Allows([]string{right}, need)) {
				t.Errorf("/%s in the menu of %q: %v", d.Name, right, may)
			}
			if may {
				allowed++
				continue
			}
			for _, arg := range append([]string{""}, args[d.Name]...) {
				for _, chat := range []flows.Address{who, "telegram:-100"} {
					refused++
					g.unknown(who, chat, "/"+d.Name, "/"+d.Name+" "+arg, right)
				}
			}
		}
	}
	if refused < 40 || allowed < 20 {
		t.Errorf("%d refused and %d allowed", refused, allowed)
	}
}

func (g *guild) person(who flows.Address) *flows.Person {
	g.Helper()
	docs, err := g.run.Load(flows.PersonID(who))
	if err != nil {
		g.Fatal(err)
	}
	var p flows.Person
	unmarshal(g.T, docs[0].Data, &p)
	return &p
}

// unknown says a line and compares: what is answered is what a command that nobody has is answered, and only the sender's own documents
// change.
func (g *guild) unknown(who, chat flows.Address, command, line, right string) {
	g.Helper()
	before := g.kept()
	said := g.in(who, chat, line)
	own := strings.TrimPrefix(flows.PersonID(who), "person/")
	for _, key := range changed(before, g.kept()) {
		if key != "person/"+own && key != "card/"+own {
			g.Errorf("%s in %s by %q, who may not, changes %s", line, chat, right, key)
		}
	}
	if slices.Contains([]string{"/certificates", "/plans", "/stats"}, command) {
		return // to a guest a slip of the finger: /certificate, /plan, /status
	}
	if want := g.in(who, chat, strings.Replace(line, command, "/xyzzyxyzzy", 1)); said != want {
		g.Errorf("%s in %s by %q, who may not, is answered %q, and an unknown command %q", line, chat, right, said, want)
	}
}

func (g *guild) in(who, chat flows.Address, line string) string {
	g.Helper()
	u := flows.Update{Text: line}
	if chat != who {
		u.Chat = chat
	}
	said, err := g.run.Guest(who, u)
	if err != nil {
		g.Fatal(err)
	}
	for _, m := range said {
		if m.To != who && m.To != chat {
			g.Errorf("%s says something to %s", line, m.To)
		}
	}
	return texts(said)
}
