package flows

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Organisers are people with rights. Rights are given by a one-time invitation, kept in the person, and looked at in every turn and by
// every page, so that taking one away takes hold at once.

// The rights, by names that are typed and scripted (README, "The organisers' console"). Admin has all; each of the others also lets
// its holder read.
const (
	MayRead      = "read"      // lists, people without their documents, figures
	MaySend      = "send"      // announcements, answers to help requests
	MayDecide    = "decide"    // states of items, scores, selection
	MayDocuments = "documents" // open applicants' files, export
	MayAdmin     = "admin"     // roles, deadlines, everything
)

// Rights lists every right.
func Rights() []string { return []string{MayRead, MaySend, MayDecide, MayDocuments, MayAdmin} }

// Allows says whether somebody with these rights may do what needs right.
func Allows(rights []string, right string) bool {
	return len(rights) > 0 && right == MayRead || slices.Contains(rights, right) || slices.Contains(rights, MayAdmin)
}

// RightsOf returns a person's rights: what they were given, and all of them for the addresses the operator names in OLLE_ORGANISERS.
func (b *Book) RightsOf(p *Person) []string {
	if slices.ContainsFunc(p.Addresses, func(a Address) bool { return slices.Contains(b.Organisers, a) }) {
		return []string{MayAdmin}
	}
	return p.Rights
}

func (t *Turn) may(right string) bool { return Allows(t.Book.RightsOf(t.Person), right) }

// organiserCommand is a command that exists only for those who hold the right; to everybody else it is an unknown word.
type organiserCommand struct {
	right string
	run   command
}

func organiserTable() map[string]organiserCommand {
	return map[string]organiserCommand{
		"invite":   {MayAdmin, invite},
		"console":  {MayRead, console},
		"announce": {MaySend, announce},
		"ticket":   {MaySend, ticket},
		"stats":    {MayRead, stats},
		"missing":  {MayRead, missing},
		"decide":   {MayDecide, decideCommand},
		"rating":   {MaySend, ratingCommand},
		"plans":    {MayRead, plansCommand},

		"attendance":   {MaySend, attendance},
		"results":      {MayRead, results},
		"report":       {MayRead, report},
		"certificates": {MayDecide, certificates},
		"quizhost":     {MaySend, quizhost},
	}
}

const inviteLife = 7 * 24 * time.Hour

// invite is /invite RIGHT: a one-time code that gives its redeemer a right.
func invite(t *Turn, args string) {
	right := strings.ToLower(strings.TrimSpace(args))
	if !slices.Contains(Rights(), right) {
		t.Say("team.invite_which", "rights", strings.Join(Rights(), ", "))
		return
	}
	code := t.newCode()
	t.putCode(code, Code{Kind: "invite", Right: right, By: string(t.From)}, t.At.Add(inviteLife))
	t.note("invitation made", "", right)
	t.Say("team.invite", "code", spaced(code), "right", right, "days", int(inviteLife.Hours())/24)
}

// takeInvite gives the redeemer the right.
func takeInvite(t *Turn, c Code) {
	if !slices.Contains(t.Person.Rights, c.Right) {
		t.Person.Rights = append(t.Person.Rights, c.Right)
	}
	t.note("right given", t.Person.Ref, c.Right)
	t.offerOrganiserMenu()
	t.Say("team.welcome", "right", c.Right)
	t.Offer(Choice{Label: t.Text("team.console_button"), Value: "/console"})
}

// setRights hears that an organiser changed this person's rights in the console.
func setRights(t *Turn) {
	var rights []string
	if !t.permitted() || json.Unmarshal(t.Args, &rights) != nil || slices.ContainsFunc(rights, func(r string) bool { return !slices.Contains(Rights(), r) }) {
		return
	}
	t.Person.Rights = rights
	t.note("rights set", t.Person.Ref, strings.Join(rights, ", "))
	t.offerOrganiserMenu()
	if len(rights) == 0 {
		t.Say("team.revoked")
	} else {
		t.Say("team.rights", "rights", strings.Join(rights, ", "))
	}
}

// offerOrganiserMenu brings the menu of commands in the person's private chat up to date, where the network has one.
func (t *Turn) offerOrganiserMenu() {
	for i, a := range t.Person.Addresses {
		t.out.Work = append(t.out.Work, Work{Name: "menu" + string(rune('0'+i%10)), Kind: "menu", From: a, Args: Must(t.Book.MenuOf(t.Person, t.Event))})
	}
}

// MenuOf lists the commands for one person: everybody's, then the organisers' they may use.
func (b *Book) MenuOf(p *Person, e *Event) []Description {
	rights := b.RightsOf(p)
	if len(rights) == 0 {
		return nil // everybody's own menu
	}
	menu := e.Menu(p.Language)
	for _, d := range b.OrganiserMenu(e) {
		if Allows(rights, b.organiser[d.Name].right) {
			menu = append(menu, d)
		}
	}
	return menu
}

// OrganiserMenu lists the organisers' commands, for networks whose menus are the same for everybody.
func (b *Book) OrganiserMenu(e *Event) (menu []Description) {
	for _, name := range sortedKeys(b.organiser) {
		menu = append(menu, Description{name, e.Texts["en"].Text("team.describe."+name, factsOf(e))})
	}
	return menu
}
